/** The requests of a generated README, again and again, and how each went. */
import { setTimeout as pause } from "node:timers/promises";
import type { Compose } from "./docker.ts";
import { run } from "./process.ts";
import { shellCommands } from "./readme.ts";

const INTERVAL_MS = 100;

export class Traffic {
  /** Status codes, in the order of the answers; 0 without one. */
  readonly statuses: number[] = [];
  readonly #stop = new AbortController();
  readonly #sending: Promise<void>;

  constructor(compose: Compose) {
    const [, ...requests] = shellCommands(compose.project.read("README.md"));
    this.#sending = this.#send(requests.map((request) => compose.readdress(request)));
  }

  /** How many requests have been answered by the system. */
  get answered(): number {
    // 501: an operation that nobody has written yet.
    return this.statuses.filter((status) => status === 200 || status === 501).length;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#sending;
  }

  async #send(requests: readonly string[]): Promise<void> {
    const { signal } = this.#stop;
    for (let number = 0; !signal.aborted; number += 1) {
      const request = requests[number % requests.length];
      const command = `${request} --output /dev/null --write-out '%{http_code}' --max-time 15`;
      const { stdout } = await run("sh", ["-c", command], { cwd: process.cwd() });
      this.statuses.push(Number(stdout));
      await pause(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
