/** Waits for what happens, never for a time. */
import assert from "node:assert/strict";
import waitFor from "p-wait-for";

/** What may pass before a system has found its parts again: the promise is 30 s. */
export const RECOVERY_MS = 30_000;
const INTERVAL_MS = 50;
/** Characters of what was seen last that are shown of its beginning, and of its end. */
const SHOWN = 2000;

export interface Until {
  /** Milliseconds. */
  readonly within?: number;
  /** Milliseconds between two looks, where one costs more than usual. */
  readonly every?: number;
}

/**
 * Looks until what is seen is what is awaited; a look that throws ends it.
 *
 * @param awaited In words
 * @returns What was seen
 * @throws AssertionError with what was seen last
 */
export async function until<T, S extends T = T>(
  awaited: string,
  look: () => T | Promise<T>,
  isIt: ((seen: T) => seen is S) | ((seen: T) => boolean),
  { within = RECOVERY_MS, every = INTERVAL_MS }: Until = {},
): Promise<S> {
  let last: T | undefined;
  const isSeen = async () => {
    last = await look();
    return isIt(last) && waitFor.resolveWith(last as S);
  };
  const fallback = () => assert.fail(`not within ${within} ms: ${awaited}; last: ${shown(last)}`);
  return waitFor(isSeen, { interval: every, timeout: { milliseconds: within, fallback } });
}

/** Waits until a count has grown by so much. */
export async function grows(
  awaited: string,
  count: () => number,
  by: number,
  options?: Until,
): Promise<void> {
  const enough = count() + by;
  await until(`${enough} ${awaited}`, count, (now) => now >= enough, options);
}

function shown(seen: unknown): string {
  const text = typeof seen === "string" ? seen : `${JSON.stringify(seen)}`;
  if (text.length <= 2 * SHOWN) return text;
  return `${text.slice(0, SHOWN)} [...] ${text.slice(-SHOWN)}`;
}
