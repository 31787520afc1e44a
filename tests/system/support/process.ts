import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { until } from "./until.ts";

export interface StartOptions {
  readonly cwd: string;
  /** Beside the environment of the tests; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How a process ended. */
export interface Ending {
  /** As a shell has it: 128 and the signal's number when one ended it. */
  readonly code: number;
}

/** Every process started here has this variable with a value of its own, and so has what it starts. */
const MARK = "HYBRIDGE_TEST_PROCESS";
/** Characters of the output that are kept at least: the end says what went wrong. */
const OUTPUT_LIMIT = 4_000_000;
const LAST_WORDS_MS = 1000;

const started = new Set<Process>();
process.on("exit", () => {
  for (const one of started) one.killAll();
});

/** A process in a group of its own, as a terminal starts one in the foreground. */
export class Process {
  readonly command: string;
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #mark = randomUUID();
  #output = "";
  #stdout = "";
  #ending: Ending | undefined;

  constructor(command: string, args: readonly string[], { cwd, env }: StartOptions) {
    this.command = [command, ...args].join(" ");
    this.#child = spawn(command, args, {
      cwd,
      // A test runner below would take itself for a part of this one and run nothing.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env, [MARK]: this.#mark },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout = kept(this.#stdout + text);
      this.#keep(text);
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#keep(text));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("exit", (code, signal) => {
        const ending = { code: code ?? 128 + (signal ? constants.signals[signal] : 0) };
        this.#ending = ending;
        // Its last words may still be under way; who inherited its output may never end.
        const timer = setTimeout(() => resolve(ending), LAST_WORDS_MS);
        this.#child.once("close", () => {
          clearTimeout(timer);
          resolve(ending);
        });
      });
    });
    started.add(this);
  }

  /** What it wrote to both of its outputs. */
  get output(): string {
    return this.#output;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.command} did not start`);
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined;
  }

  /** Sends a signal to the process alone. */
  signal(name: NodeJS.Signals): void {
    process.kill(this.pid, name);
  }

  /** Ctrl-C: what a terminal sends to the group in its foreground. */
  interrupt(): void {
    process.kill(-this.pid, "SIGINT");
  }

  /** How it ended. @throws Error with its output when it still runs after `timeoutMs` */
  async end(timeoutMs: number): Promise<Ending> {
    const late = Symbol();
    let timer: NodeJS.Timeout | undefined;
    const alarm = new Promise<typeof late>((resolve) => {
      timer = setTimeout(() => resolve(late), timeoutMs);
    });
    const ending = await Promise.race([this.ended, alarm]);
    clearTimeout(timer);
    if (ending !== late) return ending;
    throw new Error(`\`${this.command}\` still runs after ${timeoutMs} ms:\n${this.output}`);
  }

  /** Waits for a text in its output. @throws Error with the output when it does not come */
  async says(pattern: RegExp, timeoutMs: number): Promise<void> {
    const isSaidOrOver = (output: string) => pattern.test(output) || this.#ending !== undefined;
    const awaited = `\`${this.command}\` says ${pattern}`;
    const output = await until(awaited, () => this.output, isSaidOrOver, { within: timeoutMs });
    assert.match(output, pattern, `${awaited}, but ended:\n${output}`);
  }

  /** What it started, directly or not, and what still runs of it: `pid command`. */
  descendants(): string[] {
    return marked(this.#mark).map(({ pid, command }) => `${pid} ${command}`);
  }

  /** Ends it and everything that it started, at once. */
  killAll(): void {
    started.delete(this);
    for (const { pid } of marked(this.#mark)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  #keep(text: string): void {
    this.#output = kept(this.#output + text);
  }
}

/** The end of a text. Cut seldom: to cut it copies all of it, which at each line would take a processor for itself. */
function kept(text: string): string {
  return text.length > 2 * OUTPUT_LIMIT ? text.slice(-OUTPUT_LIMIT) : text;
}

export interface RunOptions extends StartOptions {
  readonly timeoutMs?: number;
}

export interface Outcome extends Ending {
  readonly stdout: string;
  /** Both outputs, as they came. */
  readonly output: string;
  readonly seconds: number;
}

const RUN_MS = 120_000;

/** Runs a program to its end; nothing that it started outlives it. */
export async function run(
  command: string,
  args: readonly string[],
  { timeoutMs = RUN_MS, ...options }: RunOptions,
): Promise<Outcome> {
  const begin = performance.now();
  const child = new Process(command, args, options);
  try {
    const ending = await child.end(timeoutMs);
    const seconds = (performance.now() - begin) / 1000;
    return { ...ending, stdout: child.stdout, output: child.output, seconds };
  } finally {
    child.killAll();
  }
}

/** As `run`. @throws Error with its output when it fails */
export async function succeed(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Outcome> {
  const outcome = await run(command, args, options);
  if (outcome.code === 0) return outcome;
  const line = [command, ...args].join(" ");
  throw new Error(`\`${line}\` ended with ${outcome.code}:\n${outcome.output}`);
}

/** The processes that carry a mark in their environment (Linux). */
function marked(mark: string): { pid: number; command: string }[] {
  const found = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const environment = readFileSync(`/proc/${name}/environ`, "utf8");
      if (!environment.includes(`${MARK}=${mark}`)) continue;
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      // Without a command line it is a zombie that waits for its parent to look at it.
      if (command) found.push({ pid: Number(name), command });
    } catch {
      // It has ended meanwhile, or is somebody else's.
    }
  }
  return found;
}
