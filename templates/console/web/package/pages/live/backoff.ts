/** Milliseconds before the first try, and at most. */
const FIRST = 500;
const LONGEST = 15_000;

/**
 * How long to wait before the next try to connect: twice as long each time, and never the same for
 * all clients, so that they do not come back together.
 *
 * @param failures in a row, from 1
 * @returns milliseconds
 */
export function pause(failures: number): number {
  const longest = Math.min(LONGEST, FIRST * 2 ** (failures - 1));
  return longest * (0.5 + Math.random() / 2);
}
