import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import {
  createConcurrently,
  KillOnSignal,
  KillOthers,
  LogError,
  LogExit,
  Logger,
  LogOutput,
} from "concurrently";
import pRetry from "p-retry";
import { type Component, directory, variables } from "./component.ts";
import { type Ports, portVariables, readdress } from "./ports.ts";

/** Milliseconds that a process has to end by itself once another one has ended. */
const STOP_MS = 25_000;
const READY_POLL_MS = 250;

/** What components are started in. */
export interface Surroundings {
  readonly ports: Ports;
  /** Where their output goes. */
  readonly output: Writable;
  /** Variables that come before all others. */
  readonly override?: (component: Component) => Record<string, string>;
}

interface Options extends Surroundings {
  readonly command: "start" | "dev";
}

interface Running {
  /** Settles when the last process has ended; rejects when one of them failed. */
  readonly ended: Promise<unknown>;
  stop(): void;
}

/**
 * Starts every component, with its name before each line of its output. When one ends, and on
 * SIGINT, SIGTERM and SIGHUP, all the others are asked to end too.
 */
export function start(components: readonly Component[], options: Options): Running {
  const logger = new Logger({ prefixFormat: "name" });
  const abortController = new AbortController();
  const { commands, result } = createConcurrently(
    components.map((component) => ({
      name: component.name,
      command: component[options.command],
      cwd: directory(component),
      env: environment(component, options),
    })),
    {
      logger,
      outputStream: options.output,
      prefixColors: "auto",
      abortSignal: abortController.signal,
      controllers: [
        new LogError({ logger }),
        new LogOutput({ logger }),
        new LogExit({ logger }),
        new KillOnSignal({ process, abortController }),
        new KillOthers({
          logger,
          abortController,
          conditions: ["success", "failure"],
          timeoutMs: STOP_MS,
          killSignal: "SIGTERM",
        }),
      ],
      // In a group of its own a component gets the signal of Ctrl-C from here alone, and not from
      // the terminal too.
      spawn: (command, settings) =>
        spawn("/bin/sh", ["-c", `exec ${command}`], { ...settings, detached: true }),
      kill: createKill(),
    },
  );
  return {
    ended: result,
    stop() {
      abortController.abort();
      for (const command of commands) command.kill("SIGTERM");
    },
  };
}

/**
 * What sends signals to components: to each but one SIGTERM, and none after another signal, for the
 * second one means "drop everything" to most servers. A component forwards signals to what it
 * started; where it cannot (SIGKILL, or it is gone already) its whole group gets them.
 */
function createKill(): (pid: number, signal?: string) => void {
  const reported = new Set<number>();
  return (pid, signal) => {
    if (signal === "SIGTERM" && reported.has(pid)) return;
    reported.add(pid);
    if (signal === "SIGKILL" || !reaches(pid, signal)) reaches(-pid, signal);
  };
}

/** Sends `signal`; false when there is no such process or group any more. */
function reaches(pid: number, signal: string | undefined): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/**
 * Runs what has to be done before the components start, one after another.
 *
 * @throws Error that names the command which failed; what it said is in the output
 */
export async function prepare(
  components: readonly Component[],
  options: Surroundings,
): Promise<void> {
  for (const component of components) {
    for (const { help, command } of component.before) {
      options.output.write(`${component.name}: ${help}\n`);
      const child = spawn("/bin/sh", ["-c", `exec ${command}`], {
        cwd: directory(component),
        env: { ...process.env, ...environment(component, options) },
        stdio: ["ignore", "pipe", "pipe"],
      });
      child.stdout.pipe(options.output, { end: false });
      child.stderr.pipe(options.output, { end: false });
      const [code, signal] = await once(child, "close");
      if (code !== 0)
        throw new Error(`${component.name}: \`${command}\`: ${signal ?? `exit ${code}`}`);
    }
  }
}

/**
 * Waits until the gateway and all that it needs are ready.
 *
 * @throws Error with its last answer when that takes longer than `timeoutMs`
 */
export async function ready(url: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  await pRetry(
    async () => {
      const response = await fetch(`${url}/readyz`, { signal });
      const answer = await response.text();
      // Also 200 where only some of the services are.
      if (!answer.includes('"ready"')) throw new Error(`/readyz: ${response.status} ${answer}`);
    },
    {
      retries: Math.ceil(timeoutMs / READY_POLL_MS),
      factor: 1,
      minTimeout: READY_POLL_MS,
      maxRetryTime: timeoutMs,
      signal,
    },
  );
}

/** All that is set for a component. */
function environment(
  component: Component,
  { ports, override }: Surroundings,
): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables(component))) {
    all[name] = readdress(value, ports);
  }
  return { ...all, ...override?.(component), ...portVariables(component, ports) };
}
