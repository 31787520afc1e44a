import type { Caller } from "../auth/interface.ts";

/** Milliseconds that a timer of Node.js can wait. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls `end` when what is known of a client ends, which may be never.
 *
 * @returns Calls it off.
 */
export function onExpiry(caller: Caller | undefined, end: () => void): () => void {
  if (caller?.expires === undefined) return () => {};
  const { expires } = caller;
  const wait = (): NodeJS.Timeout => {
    const left = expires - Date.now();
    return left > LONGEST
      ? setTimeout(() => {
          timer = wait();
        }, LONGEST)
      : setTimeout(end, left);
  };
  let timer = wait();
  return () => clearTimeout(timer);
}
