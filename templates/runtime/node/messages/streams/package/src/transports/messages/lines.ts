import { setImmediate as endOfTurn } from "node:timers/promises";
import type { Json } from "../../contract.ts";

/** Media type of a record: lines of JSON with a line feed between them. */
export const LINES_TYPE = "application/x-ndjson";

/** What is said of one answer in parts. */
export interface Line {
  /** The correlation id of its request. */
  readonly call: string;
  /** Absent of what never ran. */
  readonly run?: string;
  /** `begun`, `part`, `alive`, `end`, `problem` of a service; `credit`, `cancel` of a gateway. */
  readonly kind: string;
  readonly number?: number;
  /** Of `begun`: where its process listens. */
  readonly control?: string;
  readonly value?: Json;
  /** Of `credit`: how much may have been sent in all. */
  readonly parts?: number;
  readonly bytes?: number;
}

/** Lines of one record: far below what brokers take. */
const MOST_LINES = 100;
const LINE_FEED = 10;
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Lines by where they go: those that are put within one turn of the event loop leave together, in their
 * order. Services have the same in `transports/lines.py`.
 */
export class Outboxes {
  readonly #send: (to: string, body: string) => Promise<void>;
  readonly #waiting = new Map<string, Line[]>();
  readonly #leaving = new Set<Promise<void>>();

  /** @param send Resolves when a record has left. What cannot leave is lost: it is said again, or missed. */
  constructor(send: (to: string, body: string) => Promise<void>) {
    this.#send = send;
  }

  put(to: string, line: Line): void {
    const waiting = this.#waiting.get(to);
    if (waiting && waiting.length < MOST_LINES) {
      waiting.push(line);
      return;
    }
    const lines = [line];
    this.#waiting.set(to, lines);
    const leaving = endOfTurn()
      .then(() => {
        if (this.#waiting.get(to) === lines) this.#waiting.delete(to);
        return this.#send(to, lines.map((one) => JSON.stringify(one)).join("\n"));
      })
      .catch(() => {})
      .finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  /** Resolves when all that was put has left. */
  async left(): Promise<void> {
    await Promise.all(this.#leaving);
  }
}

/** The lines of a record, with their bytes. What cannot be read is passed over: the numbers show it. */
export function* readLines(
  body: Uint8Array,
): Generator<{ readonly line: Line; readonly bytes: number }> {
  for (let start = 0; start < body.length; ) {
    const found = body.indexOf(LINE_FEED, start);
    const end = found < 0 ? body.length : found;
    const line = read(body.subarray(start, end));
    if (line) yield { line, bytes: end - start };
    start = end + 1;
  }
}

function read(bytes: Uint8Array): Line | undefined {
  try {
    const line: unknown = JSON.parse(decoder.decode(bytes));
    return isLine(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

function isLine(value: unknown): value is Line {
  const { call, kind, run, number, control } = Object(value) as Record<keyof Line, unknown>;
  return (
    typeof call === "string" &&
    typeof kind === "string" &&
    (run === undefined || typeof run === "string") &&
    (number === undefined || typeof number === "number") &&
    (control === undefined || typeof control === "string")
  );
}
