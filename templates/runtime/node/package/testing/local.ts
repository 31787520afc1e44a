import { Problem } from "../src/calls/problem.ts";
import type { Json, OperationContract } from "../src/contract.ts";
import { readPosition } from "../src/events/cursor.ts";
import { Queue } from "../src/events/subscriber.ts";
import type { CallContext, ServiceEvent, TransportClient } from "../src/transports/client.ts";

/** A call as the service received it. */
export interface LocalCall {
  readonly operation: string;
  readonly input: Json;
  readonly context: CallContext;
}

/** A service in this process: the port without a transport, for what is the same on all of them. */
export class LocalService implements TransportClient {
  readonly calls: LocalCall[] = [];
  /** Takes the place of the answer that `read` and `write` give. */
  answer: (call: LocalCall) => Promise<Json> | Json = ({ input }) => {
    const { word } = input as { word: string };
    return { word, length: word.length };
  };
  failing: string | undefined;
  readonly #events = new Queue<ServiceEvent>(10_000);
  #reported = 0;

  async call(operation: OperationContract, input: Json, context: CallContext): Promise<Json> {
    const call = { operation: operation.name, input, context };
    this.calls.push(call);
    return this.answer(call);
  }

  /** Keeps what is asked from now on waiting for its answer, until the function given is called. */
  hold(): () => void {
    const gate = Promise.withResolvers<void>();
    const { answer } = this;
    this.answer = async (call) => {
      await gate.promise;
      return answer(call);
    };
    return gate.resolve;
  }

  /** Reports an event. */
  report(name: string, data: Json): void {
    this.#reported += 1;
    this.reportAs(`1-${this.#reported}`, name, data);
  }

  /** Reports an event that has an id already. */
  reportAs(id: string, name: string, data: Json): void {
    this.#events.push({ id, name, time: new Date().toISOString(), data });
  }

  async *events({ signal }: { signal: AbortSignal }): AsyncIterable<ServiceEvent> {
    signal.addEventListener("abort", () => this.#events.end(), { once: true });
    yield { id: "1-0", name: "stream.gap", time: new Date().toISOString(), data: {} };
    yield* this.#events;
  }

  async health(): Promise<void> {
    if (this.failing) throw new Problem("unavailable", this.failing);
  }

  async close(): Promise<void> {
    this.#events.end();
  }
}

/** Waits like a slow service that stops working when the call is given up. */
export function until(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

const TIME = "2026-01-01T00:00:00Z";

/** The log of a replica in this process, as services keep theirs. */
export class LocalReplica {
  readonly #epoch: string;
  /** What it has reported, as far as it is kept; the data of an event is its id. */
  readonly reported: ServiceEvent[] = [];
  readonly #streams = new Set<Queue<ServiceEvent>>();
  #last = 0;
  #state: "there" | "ended" | "broken" = "there";

  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  /** How many follow it. */
  get listeners(): number {
    return this.#streams.size;
  }

  report(count = 1): void {
    for (let reported = 0; reported < count; reported += 1) {
      this.#last += 1;
      const gap = this.#gap(this.#last);
      const event = { ...gap, name: "told", data: gap.id };
      this.reported.push(event);
      for (const stream of this.#streams) stream.push(event);
    }
  }

  /** Keeps only the last `count` events. */
  keep(count: number): void {
    this.reported.splice(0, this.reported.length - count);
  }

  /** Ends in peace, or is killed. */
  leave(how: "ended" | "broken"): void {
    this.#state = how;
    for (const stream of this.#streams) stream.end();
  }

  /** A stream of it, as transports open one. */
  async open(after: string | undefined, signal: AbortSignal): Promise<AsyncIterable<ServiceEvent>> {
    if (this.#state !== "there") throw new Error("nobody listens");
    return this.#follow(after, signal);
  }

  async *#follow(after: string | undefined, signal: AbortSignal): AsyncGenerator<ServiceEvent> {
    const stream = new Queue<ServiceEvent>(10_000);
    this.#streams.add(stream);
    signal.addEventListener("abort", () => stream.end(), { once: true });
    const place = after === undefined ? undefined : readPosition(after);
    const floor = this.#last - this.reported.length;
    const known = place?.epoch === this.#epoch && place.sequence >= floor;
    if (!known) stream.push(this.#gap(floor));
    for (const event of this.reported.slice(known ? place.sequence - floor : 0)) stream.push(event);
    yield* stream;
    this.#streams.delete(stream);
    if (this.#state === "broken") throw new Error("the connection is reset");
  }

  #gap(sequence: number): ServiceEvent {
    return { id: `${this.#epoch}-${sequence}`, name: "stream.gap", time: TIME, data: {} };
  }
}
