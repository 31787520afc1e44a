import { once } from "node:events";
import {
  type Client,
  type ClientReadableStream,
  InterceptingCall,
  type Interceptor,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { Problem } from "../../calls/problem.ts";
import type { StreamItem } from "../../calls/streams.ts";
import type { Json } from "../../contract.ts";
import type { CallContext } from "../client.ts";
import type { Channels } from "./channel.ts";
import { type MessageType, type Method, method } from "./codec.ts";
import { DETAILS, problemOf } from "./problems.ts";

/** A method that answers in parts, from JSON to bytes and back. */
export interface StreamMethod extends Pick<Method, "path" | "encode"> {
  /** `undefined` for an item that this gateway does not know. @throws Error as `Method.decode` */
  read(bytes: Uint8Array): StreamItem | Refusal | undefined;
}

/** A problem in place of an item: a `google.rpc.Status`. */
export interface Refusal {
  readonly problem: Uint8Array;
}

declare module "./codec.ts" {
  interface Codec {
    /** What is answered in parts. */
    readonly streams?: Readonly<Record<string, StreamMethod>>;
  }
}

interface Ways<V, Q, P, O> {
  readonly path: string;
  readonly request: MessageType<Q>;
  encode(input: V): Q;
  readonly response: MessageType<{ item?: Item<P, O> | undefined }>;
  part(message: P): object;
  output(message: O): object;
}

/** What each message of an answer holds. */
export type Item<P, O> =
  | { $case: "part"; part: P }
  | { $case: "output"; output: O }
  | { $case: "problem"; problem: Uint8Array };

/** A method that answers in parts, from its messages. */
export function inParts<V, Q, P, O>(ways: Ways<V, Q, P, O>): StreamMethod {
  const { path, encode, request, response } = ways;
  const decode = () => null;
  return {
    ...method({ path, outgoing: request, encode, incoming: response, decode }),
    read(bytes) {
      const { item } = response.decode(bytes);
      switch (item?.$case) {
        case "part":
          return { part: ways.part(item.part) as Json };
        case "output":
          return { output: ways.output(item.output) as Json };
        case "problem":
          return { problem: item.problem };
        default:
          return undefined;
      }
    },
  };
}

type Call = ClientReadableStream<Buffer>;

/** An answer in parts, as it is asked for. */
export interface StreamRequest {
  readonly channels: Channels;
  readonly method: StreamMethod;
  readonly input: Json;
  readonly metadata: () => Metadata;
  readonly context: CallContext;
  readonly service: string;
  readonly hasConnection: (call: Call | undefined, client: Client) => boolean;
}

/** Milliseconds by which gRPC may be ahead of the signal of a call: both end at its deadline. */
const AHEAD_MS = 100;

/**
 * An answer in parts as a server stream. Messages are taken from the connection as they are asked for:
 * what is not waits there, and then at the service.
 *
 * @throws Problem
 */
export async function* streamOver({
  channels,
  method,
  input,
  metadata,
  context: { deadline, signal },
  service,
  hasConnection,
}: StreamRequest): AsyncGenerator<StreamItem, void, undefined> {
  const over = Promise.withResolvers<void>();
  const client = await take(channels, over.promise);
  let call: Call | undefined;
  let hasBegun = false;
  const cancel = () => call?.cancel();
  try {
    if (deadline <= Date.now()) {
      throw new Problem("deadline_exceeded", "No time was left", { sent: false });
    }
    const messages = new Messages();
    call = client.makeServerStreamRequest(
      method.path,
      same,
      same,
      method.encode(input),
      metadata(),
      { deadline, interceptors: [messages.interceptor] },
    );
    messages.follow(call);
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    for (;;) {
      const message = await messages.next();
      if (!message) throw broken(service);
      const item = method.read(message);
      if (!item) continue;
      if ("problem" in item) throw refused(item, signal, service);
      hasBegun = true;
      // The call ends by itself: the service is not to take it for a reader that left.
      if ("output" in item) await messages.next().catch(() => undefined);
      yield item;
      if ("output" in item) return;
    }
  } catch (error) {
    const mayBeLate = !(error instanceof Problem) && deadline - Date.now() < AHEAD_MS;
    if (mayBeLate && !signal.aborted) {
      await once(signal, "abort", { signal: AbortSignal.timeout(AHEAD_MS) }).catch(() => undefined);
    }
    const problem = problemOf({ error, signal, service, sent: hasConnection(call, client) });
    const isBroken = hasBegun && problem.code === "unavailable" && problem !== error;
    throw isBroken && !signal.aborted ? broken(service, error) : problem;
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
    over.resolve();
  }
}

/** A channel that is held until something is over. */
function take(channels: Channels, over: Promise<void>): Promise<Client> {
  return new Promise((resolve) => {
    void channels.use((client) => {
      resolve(client);
      return over;
    });
  });
}

/** The messages of a call, each let through as it is asked for: a stream of objects takes sixteen ahead, whatever
 * their size. */
class Messages {
  #asked = Promise.withResolvers<Buffer | undefined>();
  #isAsked = false;
  #held: (() => void) | undefined;
  #end: { readonly error?: unknown } | undefined;

  /** `undefined` behind the last. @throws ServiceError */
  next(): Promise<Buffer | undefined> {
    this.#asked = Promise.withResolvers();
    this.#isAsked = true;
    if (this.#end) this.#settle();
    else this.#pass();
    return this.#asked.promise;
  }

  follow(call: Call): void {
    call.on("data", (message: Buffer) => this.#asked.resolve(message));
    call.on("error", (error) => this.#over({ error }));
    call.on("end", () => this.#over({}));
  }

  #over(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    this.#settle();
  }

  #settle(): void {
    if (this.#end?.error) this.#asked.reject(this.#end.error);
    else this.#asked.resolve(undefined);
  }

  #pass(): void {
    const pass = this.#held;
    if (!this.#isAsked || !pass) return;
    this.#isAsked = false;
    this.#held = undefined;
    pass();
  }

  readonly interceptor: Interceptor = (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start: (metadata, _listener, next) => {
        next(metadata, {
          onReceiveMessage: (message, pass) => {
            this.#held = () => pass(message);
            this.#pass();
          },
        });
      },
    });
}

/** The same as where it is the status of a call. */
function refused({ problem }: Refusal, signal: AbortSignal, service: string): Problem {
  const metadata = new Metadata();
  metadata.set(DETAILS, Buffer.from(problem));
  const error: ServiceError = Object.assign(new Error(), {
    ...{ code: status.UNKNOWN, details: "a problem in place of a part", metadata },
  });
  return problemOf({ error, signal, service, sent: true });
}

function broken(service: string, cause?: unknown): Problem {
  return new Problem("unavailable", `The answer of ${service} broke off`, { cause });
}

/** Messages are made and read where problems can be reported. */
function same(bytes: Buffer): Buffer {
  return bytes;
}
