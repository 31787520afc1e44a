import { Ajv, type ErrorObject } from "ajv";
import type { RawData, WebSocket } from "ws";
import { holds, onExpiry } from "../../auth/caller.ts";
import type { Caller } from "../../auth/interface.ts";
import { Problem, type ProblemBody } from "../../calls/problem.ts";
import type { Json } from "../../contract.ts";
import type { Subscription } from "../../events/hub.ts";
import { activeTraceId, inNewTrace } from "../../observability/tracing.ts";
import type { RealtimeContext } from "../interface.ts";

/** Close codes (RFC 6455, 7.4.1, and the IANA registry). */
const GOING_AWAY = 1001;
const UNSUPPORTED = 1003;
const POLICY = 1008;
const TRY_AGAIN_LATER = 1013;
/** Of those that are free for use: as HTTP's 401. */
const UNAUTHENTICATED = 4401;

/** What one client may have under way. */
export interface ConnectionLimits {
  /** Calls at once; one more is refused. A call counts until its answer is on its way. */
  readonly calls: number;
  /** Messages a second; more are refused, and far more end the connection. */
  readonly messagesPerSecond: number;
  /** Bytes that wait for the socket before no more events are taken from the queue. */
  readonly highWaterBytes: number;
  /** Bytes that wait for the socket before the client counts as too slow. */
  readonly maxBytes: number;
  /** Milliseconds between pings; who has not answered by the next one is gone. */
  readonly heartbeatMs: number;
  /** Milliseconds to answer a close before the socket is cut. */
  readonly closeMs: number;
}

/** Refused messages in a second, as a multiple of the limit, that end the connection. */
const PATIENCE = 4;
const SECOND_MS = 1000;

/** One client: its messages in, events and answers out. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #context: RealtimeContext;
  readonly #limits: ConnectionLimits;
  #caller: Caller | undefined;
  #stay: () => void;
  readonly #events: Subscription;
  readonly #calls = new Map<string, AbortController>();
  readonly #heartbeat: NodeJS.Timeout;
  #answersPings = true;
  #second = { begin: 0, messages: 0 };
  #isLeaving = false;
  #cut: NodeJS.Timeout | undefined;

  /** Attaches every handler before it returns: no message of `socket` is lost. */
  constructor(
    socket: WebSocket,
    context: RealtimeContext,
    limits: ConnectionLimits,
    caller: Caller | undefined,
  ) {
    this.#socket = socket;
    this.#context = context;
    this.#limits = limits;
    this.#caller = caller;
    this.#stay = onExpiry(caller, () => this.#expire());
    this.#events = context.hub.subscribe({ channels: [], caller });
    this.#heartbeat = setInterval(() => this.#ping(), limits.heartbeatMs);
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("pong", () => {
      this.#answersPings = true;
    });
    socket.on("error", (error) => context.log.debug({ err: error }, "WebSocket failed"));
    socket.once("close", () => this.#release());
    this.#events.lagging.addEventListener("abort", () => this.#tooSlow(), { once: true });
    void this.#deliver();
  }

  /**
   * Sends the client away because the gateway stops. Calls under way are answered first; no new
   * ones are taken. Resolves when the connection is closed.
   */
  async leave(callsMs: number): Promise<void> {
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    this.#isLeaving = true;
    const timer = setTimeout(() => this.#goAway(), callsMs);
    if (this.#calls.size === 0) this.#goAway();
    await closed;
    clearTimeout(timer);
  }

  #goAway(): void {
    this.#close(GOING_AWAY, "the gateway is stopping");
  }

  #tooSlow(): void {
    this.#close(TRY_AGAIN_LATER, "too slow");
  }

  #expire(): void {
    this.#close(UNAUTHENTICATED, "the token has ended");
  }

  /** The close stands behind what already waits for the socket; a client that does not read that in
   * time never sees it. */
  #close(code: number, reason: string): void {
    this.#events.close();
    this.#socket.close(code, reason);
    this.#cut ??= setTimeout(() => this.#socket.terminate(), this.#limits.closeMs);
  }

  /** The client is gone: nobody waits for its calls any more. */
  #release(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#cut);
    this.#stay();
    this.#events.close();
    for (const call of this.#calls.values()) call.abort();
  }

  #ping(): void {
    if (this.#answersPings) {
      this.#answersPings = false;
      this.#socket.ping();
    } else {
      this.#socket.terminate();
    }
  }

  async #deliver(): Promise<void> {
    for await (const event of this.#events) {
      const sent = this.#send({ type: "event", ...event });
      // A full socket: the next events wait in the bounded queue.
      if (this.#socket.bufferedAmount > this.#limits.highWaterBytes) await sent;
    }
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (isBinary) {
      this.#close(UNSUPPORTED, "messages are JSON text");
      return;
    }
    const text = data.toString();
    try {
      this.#countMessage();
      this.#handle(readMessage(text));
    } catch (error) {
      this.#sendError(idOf(text), error);
    }
  }

  /** @throws Problem `resource_exhausted` for one message too many in this second */
  #countMessage(): void {
    const now = performance.now();
    if (now - this.#second.begin >= SECOND_MS) this.#second = { begin: now, messages: 0 };
    this.#second.messages += 1;
    const { messagesPerSecond } = this.#limits;
    if (this.#second.messages <= messagesPerSecond) return;
    if (this.#second.messages > messagesPerSecond * PATIENCE) {
      this.#close(POLICY, "too many messages");
    }
    throw new Problem("resource_exhausted", `No more than ${messagesPerSecond} messages a second`, {
      status: 429,
      retryAfter: 1,
    });
  }

  #handle(message: ClientMessage): void {
    switch (message.type) {
      case "subscribe":
        this.#events.add(message.channel);
        break;
      case "unsubscribe":
        this.#events.remove(message.channel);
        break;
      case "renew":
        void this.#renew(message.credential);
        break;
      case "call":
        this.#admit(message.id);
        void inNewTrace("WebSocket call", () => this.#call(message));
    }
  }

  /** @throws Problem when no call under this id can be taken now */
  #admit(id: string): void {
    if (this.#isLeaving) {
      throw new Problem("unavailable", "The gateway is stopping", { retryAfter: 1 });
    }
    if (this.#calls.has(id)) {
      throw new Problem("conflict", "A call with this id is under way");
    }
    if (this.#calls.size >= this.#limits.calls) {
      throw new Problem("resource_exhausted", `No more than ${this.#limits.calls} calls at once`, {
        status: 429,
        retryAfter: 1,
      });
    }
  }

  async #call(message: Extract<ClientMessage, { type: "call" }>): Promise<void> {
    const { id, service, operation, input } = message;
    const controller = new AbortController();
    this.#calls.set(id, controller);
    try {
      const output = await this.#context.dispatch.callPublic(service, operation, input, {
        signal: controller.signal,
        caller: this.#caller,
      });
      await this.#send({ type: "result", id, output });
    } catch (error) {
      await this.#sendError(id, error);
    } finally {
      this.#calls.delete(id);
      if (this.#isLeaving && this.#calls.size === 0) this.#goAway();
    }
  }

  /** The same client goes on, as who its new credential says. */
  async #renew(credential: string): Promise<void> {
    const { renew } = this.#context;
    try {
      if (!renew) throw new Problem("invalid_argument", "There is nothing to renew here");
      const caller = await renew(credential);
      if (caller.subject !== this.#caller?.subject || !holds(caller, this.#caller.scopes)) {
        throw new Problem("permission_denied", "That is somebody else, or may do less");
      }
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      this.#stay();
      this.#caller = caller;
      this.#stay = onExpiry(caller, () => this.#expire());
      await this.#send({ type: "renewed" });
    } catch (error) {
      await this.#sendError(undefined, error);
    }
  }

  #sendError(id: string | undefined, error: unknown): Promise<void> {
    const problem = Problem.from(error);
    if (problem.code === "internal") this.#context.log.error({ err: problem }, "message failed");
    return this.#send({
      type: "error",
      ...(id !== undefined && { id }),
      problem: problem.body(activeTraceId()),
    });
  }

  /** Resolves when the message has left for the client, or never will. */
  #send(message: ServerMessage): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.send(JSON.stringify(message), () => resolve());
      if (this.#socket.bufferedAmount > this.#limits.maxBytes) this.#tooSlow();
    });
  }
}

/** What a client may send. */
export type ClientMessage =
  /** Begins or ends listening to a channel. */
  | { readonly type: "subscribe" | "unsubscribe"; readonly channel: string }
  /** Shows a new token, before the socket ends with the old one. */
  | { readonly type: "renew"; readonly credential: string }
  /** Asks for an operation; the answer carries the same `id`. */
  | {
      readonly type: "call";
      readonly id: string;
      readonly service: string;
      readonly operation: string;
      readonly input: Json;
    };

/** What a client is sent. */
export type ServerMessage =
  | { type: "event"; id: string; channel: string; time: string; data: Json }
  | { type: "result"; id: string; output: Json }
  | { type: "renewed" }
  /** With the `id` of the call that failed, or without one when no call is meant. */
  | { type: "error"; id?: string; problem: ProblemBody };

/** Names and ids: never empty, and short enough to be logged and sent back. */
const name = { type: "string", minLength: 1, maxLength: 256 };

const isClientMessage = new Ajv({ discriminator: true }).compile<ClientMessage>({
  type: "object",
  discriminator: { propertyName: "type" },
  required: ["type"],
  oneOf: [
    {
      properties: { type: { enum: ["subscribe", "unsubscribe"] }, channel: name },
      required: ["channel"],
      additionalProperties: false,
    },
    {
      properties: { type: { const: "renew" }, credential: { type: "string", minLength: 1 } },
      required: ["credential"],
      additionalProperties: false,
    },
    {
      properties: {
        type: { const: "call" },
        id: name,
        service: name,
        operation: name,
        // What fits in it is the operation's business.
        input: true,
      },
      required: ["id", "service", "operation", "input"],
      additionalProperties: false,
    },
  ],
});

/**
 * Reads a message.
 *
 * @throws Problem `invalid_argument` that says what is wrong with it
 */
export function readMessage(data: string): ClientMessage {
  const message = parse(data);
  if (isClientMessage(message)) return message;
  const errors = (isClientMessage.errors ?? []).slice(0, 1).map(({ instancePath, ...error }) => ({
    pointer: instancePath,
    detail: describe(error),
  }));
  throw new Problem("invalid_argument", "This is not a message that the gateway knows", { errors });
}

/** The id that a message asks to be answered with, as far as it can be read. */
export function idOf(data: string): string | undefined {
  try {
    const { id } = Object(parse(data));
    return typeof id === "string" && id.length <= name.maxLength ? id : undefined;
  } catch {
    return undefined;
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new Problem("invalid_argument", "A message is JSON text", { cause });
  }
}

function describe({ keyword, message, params }: Omit<ErrorObject, "instancePath">): string {
  if (keyword === "discriminator") return "type must be subscribe, unsubscribe, call or renew";
  if (keyword === "additionalProperties") return `${params.additionalProperty} is not known`;
  return message ?? "is not valid";
}
