import { randomUUID } from "node:crypto";
import { Problem } from "../../calls/problem.ts";
import type { StreamItem } from "../../calls/streams.ts";
import type { Json, OperationContract } from "../../contract.ts";
import { type Environment, whole } from "../../server/settings.ts";
import type { CallContext } from "../client.ts";
import { readProblem } from "./answers.ts";
import { callHeaders, type Headers } from "./headers.ts";
import { LINES_TYPE, type Line, Outboxes, readLines } from "./lines.ts";

/** Milliseconds between two signs of life, of either end. */
export const BEAT_MS = 2000;
/** Milliseconds between two looks at which answers are due a sign. */
const LOOK_MS = BEAT_MS / 10;
/** Milliseconds without one after which the other end is gone. */
export const SILENCE_MS = 10_000;

/** Header of a request, and of the records of its answer: who reads them. */
export const READER = "stream-reader";

/** How far a service may be ahead of who reads; bytes are those of JSON. */
export interface Window {
  readonly parts: number;
  readonly bytes: number;
}

/** What a broker brings to answers in parts. */
export interface StreamWire {
  /** Sends a request; resolves when the broker has it. @throws Problem */
  ask(headers: Headers, body: string, context: CallContext): Promise<void>;
  /** Sends to a process that runs answers. @throws unknown When it cannot: then it is lost */
  control(to: string, headers: Headers, body: string): Promise<void>;
  /** Whether a record is of a service. */
  verify(headers: Headers, body: Uint8Array): boolean;
}

/** Says something to the process that runs an answer. */
type Control = (to: string, line: Line) => void;

/** Reads the variables of answers in parts over brokers. */
export function readWindow(environment: Environment): Window {
  const env = environment.read({
    STREAM_WINDOW_PARTS: whole(1)({ default: 64 }),
    STREAM_WINDOW_BYTES: whole(1)({ default: 262_144 }),
  });
  return { parts: env.STREAM_WINDOW_PARTS, bytes: env.STREAM_WINDOW_BYTES };
}

/**
 * Answers in parts of one service, as lines in records of a broker. A process of the service says that it has
 * begun, runs as far as it has credit, and is given more as its reader takes what it sent.
 */
export class StreamAnswers {
  readonly #service: string;
  readonly #window: Window;
  readonly #wire: StreamWire;
  readonly #answers = new Map<string, Answer>();
  readonly #said: Outboxes;
  /** Others may read the same records. */
  readonly #reader = randomUUID();
  #asked = 0;
  #beating: NodeJS.Timeout | undefined;

  constructor(service: string, window: Window, wire: StreamWire) {
    this.#service = service;
    this.#window = window;
    this.#wire = wire;
    const headers = { "content-type": LINES_TYPE };
    this.#said = new Outboxes((to, body) => wire.control(to, headers, body));
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
    const id = `${this.#reader}.${this.#asked}`;
    const answer = new Answer(id, this.#service, this.#window, this.#say);
    const giveUp = () => answer.giveUp(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    this.#answers.set(id, answer);
    this.#beating ??= setInterval(() => this.#look(), LOOK_MS);
    try {
      const headers = { ...callHeaders(operation, context, id), [READER]: this.#reader };
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

  /** Takes a record of a service. False when it is for another gateway, or all of it came too late. */
  take(headers: Headers, body: Uint8Array): boolean {
    if (headers[READER] !== this.#reader || !this.#wire.verify(headers, body)) return false;
    let isWanted = false;
    for (const { line, bytes } of readLines(body)) {
      const answer = this.#answers.get(line.call);
      if (answer) answer.take(line, bytes);
      else if (line.kind === "begun") refuse(line, this.#say);
      isWanted ||= answer !== undefined;
    }
    return isWanted;
  }

  /** Ends an answer of which something could not be delivered. */
  fail(correlationId: string, problem: Problem): void {
    this.#answers.get(correlationId)?.fail(problem);
  }

  /** Ends those of a process that is not there. */
  failOf(control: string, problem: Problem): void {
    for (const answer of this.#answers.values()) {
      if (answer.control === control) answer.fail(problem);
    }
  }

  /** Ends all of them. */
  failAll(problem: Problem): void {
    for (const answer of this.#answers.values()) answer.fail(problem);
  }

  /** Ends all of them: the gateway is stopping. Resolves when their processes were told. */
  async close(): Promise<void> {
    this.failAll(new Problem("unavailable", "The gateway is stopping"));
    await this.#said.left();
  }

  readonly #say: Control = (to, line) => this.#said.put(to, line);

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
  readonly #say: Control;
  readonly #failing = Promise.withResolvers<unknown>();
  #waiting: { readonly item: StreamItem; readonly bytes: number }[] = [];
  #more = Promise.withResolvers<void>();
  #run: { readonly id: string; readonly control: string } | undefined;
  /** Of the last line that counts. */
  #number = 0;
  /** All that its reader has taken. */
  #taken: Window = { parts: 0, bytes: 0 };
  #credit: Window = { parts: 0, bytes: 0 };
  #heard = 0;
  #told = 0;
  #isOver = false;
  #problem: { readonly reason: unknown } | undefined;

  constructor(id: string, service: string, window: Window, say: Control) {
    this.#id = id;
    this.#service = service;
    this.#window = window;
    this.#say = say;
    this.failure = this.#failing.promise;
  }

  /** Where the process listens that runs it. */
  get control(): string | undefined {
    return this.#run?.control;
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

  take(line: Line, bytes: number): void {
    if (line.kind === "begun") this.#begin(line);
    // What is refused before it runs has no run.
    else if (!this.#run && line.run === undefined) this.#read(line, bytes);
    else if (!this.#isOver && line.run !== undefined && line.run === this.#run?.id) {
      this.#follow(line, bytes);
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

  #begin(line: Line): void {
    const { run = "", control = "" } = line;
    if (this.#isOver || (this.#run && run !== this.#run.id)) {
      refuse(line, this.#say);
      return;
    }
    this.#run = { id: run, control };
    this.#heard = performance.now();
    this.#grant();
  }

  /** A line of the run. A broker may deliver it twice. */
  #follow(line: Line, bytes: number): void {
    this.#heard = performance.now();
    const isAlive = line.kind === "alive";
    const expected = isAlive ? this.#number : this.#number + 1;
    const number = line.number ?? Number.NaN;
    if (number < expected) return;
    if (number !== expected) this.fail(this.#broken("a part was lost"));
    else if (!isAlive) {
      this.#number = number;
      this.#read(line, bytes);
    }
  }

  #read({ kind, value = null }: Line, bytes: number): void {
    if (kind === "part") this.#put({ part: value }, bytes);
    else if (kind === "end") {
      this.#isOver = true;
      this.#put({ output: value }, bytes);
    } else if (kind === "problem") this.#end({ reason: readProblem(value, this.#service) });
    else this.fail(new Problem("internal", `${this.#service} answers in no parts`));
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
    const { id: run, control } = this.#run;
    this.#told = performance.now();
    this.#say(control, { call: this.#id, run, kind, ...(kind === "credit" && this.#credit) });
  }

  #broken(why: string): Problem {
    return new Problem("unavailable", `The answer of ${this.#service} broke off: ${why}`);
  }
}

/** Lets go of a run that nobody has asked for, or not any more. */
function refuse({ call, run = "", control = "" }: Line, say: Control): void {
  say(control, { call, run, kind: "cancel" });
}
