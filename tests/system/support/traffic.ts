/** The requests of a generated README, again and again, and how each went. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { isOver, type Job } from "./bridge.ts";
import { answerOf } from "./client.ts";
import type { Compose } from "./docker.ts";
import { run } from "./process.ts";
import { shellCommands } from "./readme.ts";
import { transports } from "./transports.ts";
import { type Until, until } from "./until.ts";

const INTERVAL_MS = 100;

/** What came of a request. */
export interface Answer {
  /** 0 without an answer. */
  readonly status: number;
  readonly body: string;
}

/** One request after another, each of a list in turn, until it is stopped. */
export class Sender {
  readonly #stop = new AbortController();
  readonly #sending: Promise<void>;

  constructor(requests: readonly string[], take: (request: string, answer: Answer) => void) {
    this.#sending = this.#send(requests, take);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#sending;
  }

  async #send(
    requests: readonly string[],
    take: (request: string, answer: Answer) => void,
  ): Promise<void> {
    const { signal } = this.#stop;
    for (let number = 0; requests.length > 0 && !signal.aborted; number += 1) {
      const request = requests[number % requests.length] ?? "";
      const command = `${request} --write-out '\\n%{http_code}' --max-time 15`;
      const { stdout } = await run("sh", ["-c", command], { cwd: process.cwd() });
      const end = stdout.lastIndexOf("\n");
      take(request, { status: Number(stdout.slice(end)), body: stdout.slice(0, end) });
      await pause(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Every request of the README. */
export class Traffic {
  /** Status codes, in the order of the answers; 0 without one. */
  readonly statuses: number[] = [];
  readonly #senders: readonly Sender[];

  /** @param options.clients Each sends one request after another, and begins with another one. */
  constructor(compose: Compose, { clients = 1 } = {}) {
    const requests = requestsOf(compose);
    this.#senders = Array.from({ length: clients }, (_, number) => {
      const first = number % requests.length;
      const own = [...requests.slice(first), ...requests.slice(0, first)];
      return new Sender(own, (_request, { status }) => this.statuses.push(status));
    });
  }

  /** How many requests have been answered by the system. */
  get answered(): number {
    // 501: an operation that nobody has written yet.
    return this.statuses.filter((status) => status === 200 || status === 501).length;
  }

  /** Waits until so many more have been. */
  async answers(more: number, options: Until = {}): Promise<void> {
    const enough = this.answered + more;
    const isEnough = () => this.answered >= enough;
    await until(`${more} more answers`, () => this.statuses.slice(-10), isEnough, options);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.stop()));
  }
}

/** Those of services whose transport keeps jobs, answered later: none of what is accepted may be
 * lost. */
export class JobTraffic {
  /** Where each job that was accepted can be asked for. */
  readonly accepted: string[] = [];
  readonly #sender: Sender;

  constructor(compose: Compose) {
    const keepers = transports.filter(({ keeps }) => keeps).map(({ name }) => name);
    const link = new RegExp(`to: (\\S+), via: (?:${keepers.join("|")}) `, "g");
    const services = [...compose.project.read("hybridge.yaml").matchAll(link)].map(([, to]) => to);
    const carried = new RegExp(`/api/(?:${services.join("|")})/`);
    const requests = requestsOf(compose).filter((one) => services.length > 0 && carried.test(one));
    const later = requests.map((request) => `${request} --header 'Prefer: respond-async'`);
    this.#sender = new Sender(later, (request, { status, body }) => {
      if (status !== 202) return;
      const { id } = JSON.parse(body) as Job;
      this.accepted.push(new URL(`/api/jobs/${id}`, /http:\S+/.exec(request)?.[0]).href);
    });
  }

  stop(): Promise<void> {
    return this.#sender.stop();
  }

  /** Waits until each job is done. A job fails only where nobody has written its operation yet. */
  async allDone(): Promise<void> {
    await Promise.all(
      this.accepted.map(async (url) => {
        const look = async () => answerOf<Job>(await fetch(url));
        const job = await until(`${url} is over`, look, isOver, { every: 500 });
        if (job.status === "failed") assert.equal(job.problem?.status, 501, JSON.stringify(job));
      }),
    );
  }
}

function requestsOf(compose: Compose): string[] {
  const [, ...requests] = shellCommands(compose.project.read("README.md"));
  return requests.map((request) => compose.readdress(request));
}
