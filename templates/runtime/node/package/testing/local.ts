import { Problem } from "../src/calls/problem.ts";
import type { Json, OperationContract } from "../src/contract.ts";
import { Queue } from "../src/events/queue.ts";
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
  #told = 0;

  async call(operation: OperationContract, input: Json, context: CallContext): Promise<Json> {
    const call = { operation: operation.name, input, context };
    this.calls.push(call);
    return this.answer(call);
  }

  /** Tells an event. */
  tell(name: string, data: Json): void {
    this.#told += 1;
    this.tellAs(`1-${this.#told}`, name, data);
  }

  /** Tells an event that has an id already. */
  tellAs(id: string, name: string, data: Json): void {
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
