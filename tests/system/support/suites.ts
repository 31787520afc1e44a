/**
 * A reporter of node:test for the table of tests/run: a line for each test file, with tabs between its
 * name, how many tests passed, failed and were skipped, and the seconds that it took.
 */
import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";

const MS = 1000;

export default async function* suites(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    // The last summary is of all files, and names none.
    if (type !== "test:summary" || data.file === undefined) continue;
    const { tests, passed, skipped, todo } = data.counts;
    const columns = [
      relative(process.cwd(), data.file),
      passed,
      tests - passed - skipped - todo,
      skipped,
      Math.round(data.duration_ms / MS),
    ];
    yield `${columns.join("\t")}\n`;
  }
}
