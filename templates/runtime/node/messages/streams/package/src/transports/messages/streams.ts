import { randomUUID } from "node:crypto";
import { Problem } from "../../calls/problem.ts";
import type { StreamItem } from "../../calls/streams.ts";
import type { Json, OperationContract } from "../../contract.ts";
import { type Environment, whole } from "../../server/settings.ts";
import type { CallContext } from "../client.ts";
import { readAnswer } from "./answers.ts";
import { CORRELATION_ID, callHeaders, type Headers, JSON_TYPE } from "./headers.ts";

/** Milliseconds between two signs of life, of either end. */
export const BEAT_MS = 2000;
/** Milliseconds between two looks at which answers are due a sign. */
const LOOK_MS = BEAT_MS / 10;
/** Milliseconds without one after which the other end is gone. */
export const SILENCE_MS = 10_000;

/** What every record of a run says: which it is, of which run, and its number. */
export const STREAM_HEADERS = {
  kind: "stream",
  run: "stream-id",
  sequence: "stream-sequence",
  control: "stream-control",
  parts: "stream-parts",
  bytes: "stream-bytes",
} as const;

/** How far a service may be ahead of who reads; bytes are those of JSON. */
export interface Window {
  readonly parts: number;
  readonly bytes: number;
}

/** What a broker brings to answers in parts. */
export interface StreamWire {
  /** Sends a request; resolves when the broker has it. @throws Problem */
  ask(headers: Headers, body: string, context: CallContext): Promise<void>;
  /** Sends to the process that runs an answer; resolves when that is done, or cannot be. */
  control(to: string, headers: Headers): Promise<void>;
  /** Whether a record is of a service. */
  verify(headers: Headers, body: Uint8Array): boolean;
}

/** Says something to the process that runs an answer. */
type Control = (to: string, headers: Headers) => void;

/** Reads the variables of answers in parts over brokers. */
export function readWindow(environment: Environment): Window {
  const env = environment.read({
    STREAM_WINDOW_PARTS: whole(1)({ default: 64 }),
    STREAM_WINDOW_BYTES: whole(1)({ default: 262_144 }),
  });
  return { parts: env.STREAM_WINDOW_PARTS, bytes: env.STREAM_WINDOW_BYTES };
}

/**
 * Answers in parts of one service, as records of a broker. A process of the service says that it has begun,
 * runs as far as it has credit, and is given more as its reader takes what it sent.
 */
export class StreamAnswers {
  readonly #service: string;
  readonly #window: Window;
  readonly #wire: StreamWire;
  readonly #answers = new Map<string, Answer>();
  /** What correlation ids of this process begin with: others may read the same records. */
  readonly #own = `${randomUUID()}.`;
  /** What is said to processes and has not left. */
  readonly #leaving = new Set<Promise<void>>();
  #asked = 0;
  #beating: NodeJS.Timeout | undefined;

  constructor(service: string, window: Window, wire: StreamWire) {
    this.#service = service;
    this.#window = window;
    this.#wire = wire;
  }

  /** Asks once. @throws Problem As `TransportClient.stream` */
  async *stream(
    operation: OperationContract,
    input: Json,
    context: CallContext,
  ): AsyncGenerator<StreamItem, void, undefined> {
    const { signal } = context;
    if (signal.aborted) throw signal.reason;
    this.#asked += 1;
    const id = `${this.#own}${this.#asked}`;
    const answer = new Answer(id, this.#service, this.#window, this.#control);
    const giveUp = () => answer.giveUp(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    this.#answers.set(id, answer);
    this.#beating ??= setInterval(() => this.#look(), LOOK_MS);
    try {
      const headers = callHeaders(operation, context, id);
      // It may be given up, or its queue be missing, before the broker has confirmed it.
      const failing = answer.failure.then((problem) => Promise.reject(problem));
      await Promise.race([this.#wire.ask(headers, JSON.stringify(input), context), failing]);
      for (;;) {
        const item = await answer.next();
        yield item;
        if ("output" in item) return;
      }
    } finally {
      signal.removeEventListener("abort", giveUp);
      this.#answers.delete(id);
      answer.giveUp(new Problem("unavailable", "Nobody reads any more"));
      if (this.#answers.size === 0) {
        clearInterval(this.#beating);
        this.#beating = undefined;
      }
    }
  }

  /** Takes a record of a service. False when it is for another gateway, or came too late. */
  take(headers: Headers, body: Uint8Array): boolean {
    const id = headers[CORRELATION_ID] ?? "";
    if (!id.startsWith(this.#own) || !this.#wire.verify(headers, body)) return false;
    const answer = this.#answers.get(id);
    if (answer) answer.take(headers, body);
    else if (headers[STREAM_HEADERS.kind] === "begun") refuse(headers, this.#control, id);
    return answer !== undefined;
  }

  /** Ends an answer of which something could not be delivered. */
  fail(correlationId: string, problem: Problem): void {
    this.#answers.get(correlationId)?.fail(problem);
  }

  /** Ends all of them. */
  failAll(problem: Problem): void {
    for (const answer of this.#answers.values()) answer.fail(problem);
  }

  /** Ends all of them: the gateway is stopping. Resolves when their processes were told. */
  async close(): Promise<void> {
    this.failAll(new Problem("unavailable", "The gateway is stopping"));
    await Promise.all(this.#leaving);
  }

  readonly #control: Control = (to, headers) => {
    const leaving = this.#wire.control(to, headers);
    this.#leaving.add(leaving);
    void leaving.finally(() => this.#leaving.delete(leaving));
  };

  #look(): void {
    for (const answer of this.#answers.values()) answer.look();
  }
}

/** One answer: what has come of it, and how far its reader is. */
class Answer {
  /** Resolves with what it ends with, where that is not its output. */
  readonly failure: Promise<unknown>;
  readonly #id: string;
  readonly #service: string;
  readonly #window: Window;
  readonly #control: Control;
  readonly #failing = Promise.withResolvers<unknown>();
  #waiting: { readonly item: StreamItem; readonly bytes: number }[] = [];
  #more = Promise.withResolvers<void>();
  #run: { readonly id: string; readonly control: string } | undefined;
  /** The number of the last record. */
  #sequence = 0;
  /** All that its reader has taken. */
  #taken: Window = { parts: 0, bytes: 0 };
  #credit: Window = { parts: 0, bytes: 0 };
  #heard = 0;
  #told = 0;
  #isOver = false;
  #problem: { readonly reason: unknown } | undefined;

  constructor(id: string, service: string, window: Window, control: Control) {
    this.#id = id;
    this.#service = service;
    this.#window = window;
    this.#control = control;
    this.failure = this.#failing.promise;
  }

  /** @throws Problem behind all that came before it */
  async next(): Promise<StreamItem> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next) {
        this.#took(next.bytes);
        return next.item;
      }
      if (this.#problem) throw this.#problem.reason;
      await this.#more.promise;
      this.#more = Promise.withResolvers();
    }
  }

  take(headers: Headers, body: Uint8Array): void {
    const kind = headers[STREAM_HEADERS.kind];
    const run = headers[STREAM_HEADERS.run];
    if (kind === "begun") this.#begin(headers);
    // What is refused before it runs has no run.
    else if (!this.#run && run === undefined) this.#read(kind, headers, body);
    else if (!this.#isOver && run !== undefined && run === this.#run?.id) {
      this.#follow(kind, headers, body);
    }
  }

  /** Says that somebody reads, where nothing else has; notices when nobody runs it any more. */
  look(): void {
    if (!this.#run || this.#isOver) return;
    const now = performance.now();
    const isGone = now - this.#heard > SILENCE_MS;
    if (isGone) this.fail(this.#broken(`nothing was heard for ${SILENCE_MS} ms`));
    else if (now - this.#told > BEAT_MS - LOOK_MS) this.#tell("credit");
  }

  /** Ends it behind what has come; the process that runs it is told. */
  fail(reason: unknown): void {
    if (this.#isOver) return;
    if (this.#run) this.#tell("cancel");
    this.#end({ reason });
  }

  /** Ends it; what has come is not read any more. */
  giveUp(reason: unknown): void {
    this.#waiting = [];
    if (this.#isOver) this.#problem ??= { reason };
    else this.fail(reason);
  }

  #begin(headers: Headers): void {
    const { run = "", control = "" } = namesOf(headers);
    if (this.#isOver || (this.#run && run !== this.#run.id)) {
      refuse(headers, this.#control, this.#id);
      return;
    }
    this.#run = { id: run, control };
    this.#heard = performance.now();
    this.#grant();
  }

  /** A record of the run. A broker may deliver it twice. */
  #follow(kind: string | undefined, headers: Headers, body: Uint8Array): void {
    this.#heard = performance.now();
    const sequence = Number(headers[STREAM_HEADERS.sequence]);
    const isAlive = kind === "alive";
    const expected = isAlive ? this.#sequence : this.#sequence + 1;
    if (sequence < expected) return;
    if (sequence !== expected) this.fail(this.#broken("a part was lost"));
    else if (!isAlive) {
      this.#sequence = sequence;
      this.#read(kind, headers, body);
    }
  }

  #read(kind: string | undefined, headers: Headers, body: Uint8Array): void {
    try {
      const value = readAnswer(headers, body, this.#service);
      if (kind === "part") this.#put({ part: value }, body.length);
      else if (kind === "end") {
        this.#isOver = true;
        this.#put({ output: value }, body.length);
      } else throw new Problem("internal", `${this.#service} answers in no parts`);
    } catch (problem) {
      // It is over there, but for what cannot be read.
      if (kind === "problem") this.#end({ reason: problem });
      else this.fail(problem);
    }
  }

  #put(item: StreamItem, bytes: number): void {
    this.#waiting.push({ item, bytes });
    this.#more.resolve();
  }

  #end(problem: { readonly reason: unknown }): void {
    this.#isOver = true;
    this.#problem = problem;
    this.#failing.resolve(problem.reason);
    this.#more.resolve();
  }

  #took(bytes: number): void {
    this.#taken = { parts: this.#taken.parts + 1, bytes: this.#taken.bytes + bytes };
    if (this.#isOver) return;
    const { parts, bytes: most } = this.#window;
    const isHalf =
      this.#credit.parts - this.#taken.parts <= parts / 2 ||
      this.#credit.bytes - this.#taken.bytes <= most / 2;
    if (isHalf) this.#grant();
  }

  #grant(): void {
    this.#credit = {
      parts: this.#taken.parts + this.#window.parts,
      bytes: this.#taken.bytes + this.#window.bytes,
    };
    this.#tell("credit");
  }

  #tell(kind: "credit" | "cancel"): void {
    if (!this.#run) return;
    const { id, control } = this.#run;
    this.#told = performance.now();
    this.#control(control, {
      ...controlHeaders(kind, id, this.#id),
      ...(kind === "credit" && {
        [STREAM_HEADERS.parts]: String(this.#credit.parts),
        [STREAM_HEADERS.bytes]: String(this.#credit.bytes),
      }),
    });
  }

  #broken(why: string): Problem {
    return new Problem("unavailable", `The answer of ${this.#service} broke off: ${why}`);
  }
}

/** Lets go of a run that nobody has asked for, or not any more. */
function refuse(headers: Headers, say: Control, correlationId: string): void {
  const { run = "", control = "" } = namesOf(headers);
  say(control, controlHeaders("cancel", run, correlationId));
}

function namesOf(headers: Headers) {
  return { run: headers[STREAM_HEADERS.run], control: headers[STREAM_HEADERS.control] };
}

function controlHeaders(kind: string, run: string, correlationId: string): Headers {
  return {
    "content-type": JSON_TYPE,
    [CORRELATION_ID]: correlationId,
    [STREAM_HEADERS.kind]: kind,
    [STREAM_HEADERS.run]: run,
  };
}
