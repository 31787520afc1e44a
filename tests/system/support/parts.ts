/** What comes of a job that gives parts. */
import assert from "node:assert/strict";
import type { StreamEvent } from "./stream.ts";

/** The numbers of the parts among the events of a job. */
export function partsOf(events: readonly StreamEvent[]): number[] {
  return events.flatMap(({ data }) => ("part" in Object(data) ? [Object(data).number] : []));
}

/** The events of a job, apart for each run. */
export function runsOf(events: readonly StreamEvent[]): StreamEvent[][] {
  const begins = events.flatMap(({ data }, n) => (Object(data).status === "running" ? [n] : []));
  return begins.map((begin, n) => events.slice(begin, begins[n + 1]));
}

/** One run from its beginning to its end: so many parts, none lost, none doubled, in order. */
export function assertWhole(events: readonly StreamEvent[], words: number): void {
  const parts = Array.from({ length: words }, (_, n) => n + 1);
  const steps = events.map(({ channel, data }) => {
    const { number, part, status } = Object(data);
    if (part) assert.equal(part.number, number - 1);
    return number ?? status ?? channel;
  });
  // Whoever comes back has it already.
  assert.ok(steps.lastIndexOf("queued") <= 0, "it was queued again");
  assert.deepEqual(
    steps.filter((step) => step !== "queued"),
    ["running", ...parts, "succeeded"],
  );
}
