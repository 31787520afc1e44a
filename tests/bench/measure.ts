/** What several benchmarks measure with. */
import { readFileSync } from "node:fs";

/** What the helpers of the system tests take for a test: what is to be done at its end. */
export class Scope {
  readonly passed = true;
  readonly #ends: (() => unknown)[] = [];

  after(end: () => unknown): void {
    this.#ends.unshift(end);
  }

  diagnostic(text: string): void {
    console.error(text);
  }

  async end(): Promise<void> {
    for (const end of this.#ends) await end();
  }
}

/** Between the two in the middle, where there are two. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  return (low + high) / 2;
}

/** Milliseconds of processor time that a process has taken, in user space and in the kernel (Linux:
 * proc_pid_stat(5), fields 14 and 15, in hundredths of a second). */
export function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name of the command, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
