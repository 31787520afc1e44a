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
 * Asking for an item throws a `Problem`.
 */
export function streamOver(request: StreamRequest): AsyncIterable<StreamItem> {
  return { [Symbol.asyncIterator]: () => new Answer(request) };
}

type Next = IteratorResult<StreamItem, undefined>;

/** The items of a call, one promise each: a generator takes several. */
class Answer implements AsyncIterator<StreamItem, undefined> {
  readonly #request: StreamRequest;
  readonly #over = Promise.withResolvers<void>();
  readonly #cancel = () => this.#call?.cancel();
  #client: Client | undefined;
  #call: Call | undefined;
  #asked = Promise.withResolvers<Next>();
  #isAsked = false;
  /** Each message is let through as it is asked for: a stream of objects takes sixteen ahead, whatever their size. */
  #mayPass = false;
  #held: (() => void) | undefined;
  #hasBegun = false;
  #output: StreamItem | undefined;
  #end: { readonly error?: unknown } | undefined;
  #isClosed = false;

  constructor(request: StreamRequest) {
    this.#request = request;
  }

  next(): Promise<Next> {
    this.#asked = Promise.withResolvers();
    this.#isAsked = true;
    if (this.#isClosed) this.#answer({ done: true, value: undefined });
    else if (this.#end) this.#settle(this.#end);
    else if (this.#call) this.#pass();
    else this.#begin().catch((error) => this.#finish({ error }));
    return this.#asked.promise;
  }

  async return(): Promise<Next> {
    this.#close();
    return { done: true, value: undefined };
  }

  async #begin(): Promise<void> {
    const { channels, method, input, metadata, context } = this.#request;
    const { deadline, signal } = context;
    this.#client = await take(channels, this.#over.promise);
    if (this.#isClosed) return;
    if (deadline <= Date.now()) {
      throw new Problem("deadline_exceeded", "No time was left", { sent: false });
    }
    this.#mayPass = true;
    this.#call = this.#client.makeServerStreamRequest(
      method.path,
      same,
      same,
      method.encode(input),
      metadata(),
      { deadline, interceptors: [this.#interceptor] },
    );
    this.#call.on("data", (message: Buffer) => this.#take(message));
    this.#call.on("error", (error) => this.#finish({ error }));
    this.#call.on("end", () => this.#finish({}));
    signal.addEventListener("abort", this.#cancel, { once: true });
    if (signal.aborted) this.#cancel();
  }

  readonly #interceptor: Interceptor = (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start: (metadata, _listener, next) => {
        next(metadata, {
          onReceiveMessage: (message, pass) => {
            this.#held = () => pass(message);
            if (this.#mayPass) this.#pass();
          },
        });
      },
    });

  /** Lets the next message through, as soon as it is there. */
  #pass(): void {
    const pass = this.#held;
    this.#mayPass = pass === undefined;
    this.#held = undefined;
    pass?.();
  }

  #take(message: Buffer): void {
    const { method, context, service } = this.#request;
    try {
      const item = this.#output ? undefined : method.read(message);
      if (item && "problem" in item) throw refused(item, context.signal, service);
      if (item) this.#hasBegun = true;
      if (item && "part" in item) {
        this.#answer({ value: item });
        return;
      }
      // The call ends by itself: the service is not to take it for a reader that left.
      if (item) this.#output = item;
      this.#pass();
    } catch (error) {
      this.#finish({ error });
    }
  }

  #answer(next: Next): void {
    this.#isAsked = false;
    this.#asked.resolve(next);
  }

  #finish(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    if (this.#isAsked) this.#settle(this.#end);
  }

  #settle({ error = broken(this.#request.service) }: { readonly error?: unknown }): void {
    this.#isAsked = false;
    if (!this.#output) {
      this.#fail(error).then(this.#asked.reject);
      return;
    }
    this.#close();
    this.#asked.resolve({ value: this.#output });
  }

  /** Resolves to what is thrown. */
  async #fail(error: unknown): Promise<Problem> {
    const { service, hasConnection, context } = this.#request;
    const { deadline, signal } = context;
    const mayBeLate = !(error instanceof Problem) && deadline - Date.now() < AHEAD_MS;
    if (mayBeLate && !signal.aborted) {
      await once(signal, "abort", { signal: AbortSignal.timeout(AHEAD_MS) }).catch(() => undefined);
    }
    const sent = this.#client !== undefined && hasConnection(this.#call, this.#client);
    this.#close();
    const problem = problemOf({ error, signal, service, sent });
    const isBroken = this.#hasBegun && problem.code === "unavailable" && problem !== error;
    return isBroken && !signal.aborted ? broken(service, error) : problem;
  }

  #close(): void {
    this.#isClosed = true;
    this.#request.context.signal.removeEventListener("abort", this.#cancel);
    this.#cancel();
    this.#over.resolve();
    if (this.#isAsked) this.#answer({ done: true, value: undefined });
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
