import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Problem } from "../../src/calls/problem.ts";
import type { StreamItem } from "../../src/calls/streams.ts";
import type { Json } from "../../src/contract.ts";
import { CORRELATION_ID, type Headers } from "../../src/transports/messages/headers.ts";
import { LINES_TYPE, readLines } from "../../src/transports/messages/lines.ts";
import { BEAT_MS, READER } from "../../src/transports/messages/streams.ts";
import type { ReceivedCall, Tell } from "../streams.ts";

/** How a service that stands in reaches who asked. */
export interface Reply {
  /** Where the service hears of its readers. */
  readonly control: string;
  send(headers: Headers, body: string): Promise<void>;
}

/** A service over a broker that answers in parts, as far as it has credit. */
export class StandInStreams {
  readonly calls: ReceivedCall[] = [];
  readonly #tell: Tell;
  readonly #runs = new Map<string, Run>();
  #isCut = false;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Answers a request. */
  async answer(headers: Headers, body: string, { control, send }: Reply): Promise<void> {
    const run = new Run();
    const id = randomUUID();
    const own = { "content-type": LINES_TYPE, [READER]: headers[READER] ?? "" };
    this.#runs.set(id, run);
    const call = {
      operation: headers.operation ?? "",
      input: JSON.parse(body) as Json,
      headers,
      left: Number(headers["request-deadline"]) - Date.now(),
      signal: run.signal,
    };
    this.calls.push(call);
    let number = 0;
    const put = async (kind: string, more: object = {}) => {
      if (this.#isCut) return;
      if (kind !== "begun" && kind !== "alive") number += 1;
      const line = { call: headers[CORRELATION_ID], run: id, kind, number, ...more };
      const text = JSON.stringify(line);
      run.count(kind, text);
      await send(own, text);
    };
    const beating = setInterval(() => void put("alive").catch(() => {}), BEAT_MS);
    try {
      await put("begun", { control });
      for await (const item of run.paced(this.#tell(call))) {
        if ("part" in item) await put("part", { value: item.part });
        else await put("end", { value: item.output });
      }
    } catch (error) {
      if (run.signal.aborted) return;
      await put("problem", { value: Problem.from(error).bodyWithRetry() });
    } finally {
      clearInterval(beating);
      this.#runs.delete(id);
    }
  }

  /** Takes what a gateway says of its readers. */
  hear(body: Uint8Array): void {
    for (const { line } of readLines(body)) {
      const run = this.#runs.get(line.run ?? "");
      if (line.kind === "cancel") run?.end();
      else run?.grant(line.parts ?? 0, line.bytes ?? 0);
    }
  }

  /** Nothing more is sent, as of a process that is killed. */
  cut(): void {
    this.#isCut = true;
    for (const run of this.#runs.values()) run.end();
  }
}

/** One answer, and how far it may go. */
class Run {
  readonly #ending = new AbortController();
  readonly #credit = new EventTarget();
  #parts = 0;
  #bytes = 0;
  #mostParts = 0;
  #mostBytes = 0;

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  grant(parts: number, bytes: number): void {
    this.#mostParts = parts;
    this.#mostBytes = bytes;
    this.#credit.dispatchEvent(new Event("granted"));
  }

  count(kind: string, text: string): void {
    if (kind !== "part" && kind !== "end") return;
    this.#parts += 1;
    this.#bytes += Buffer.byteLength(text);
  }

  end(): void {
    this.#ending.abort();
  }

  /** Asks for the next item when there is credit for it. */
  async *paced(items: AsyncIterable<StreamItem>): AsyncGenerator<StreamItem, void, undefined> {
    const all = items[Symbol.asyncIterator]();
    try {
      for (;;) {
        while (this.#parts >= this.#mostParts || this.#bytes >= this.#mostBytes) {
          await once(this.#credit, "granted", { signal: this.signal });
        }
        const next = await all.next();
        if (next.done || this.signal.aborted) return;
        yield next.value;
      }
    } finally {
      await all.return?.();
    }
  }
}
