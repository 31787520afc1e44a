/** Several clients that send the requests of a README at a time, and how each request went, and when. */
import type { Project } from "./project.ts";
import { shellCommands } from "./readme.ts";
import { type Answer, Sender } from "./traffic.ts";

const CLIENTS = 3;

/** A request that was answered, or not. */
export interface Sent extends Answer {
  /** The command that sent it. */
  readonly request: string;
  /** Milliseconds since the rush began. */
  readonly at: number;
}

export class Rush {
  /** In the order of the answers. */
  readonly answers: Sent[] = [];
  readonly requests: readonly string[];
  readonly #begin = performance.now();
  readonly #clients: readonly Sender[];

  /** @param url Of the gateway @param later Also asks for each of them as a job */
  constructor(project: Project, usual: string, url: string, later: boolean) {
    const [, ...commands] = shellCommands(project.read("README.md"));
    const calls = commands.map((command) => command.replaceAll(usual, url));
    // An answer in parts is never given later.
    const jobs = calls.filter((call) => later && !call.includes("text/event-stream"));
    this.requests = [...calls, ...jobs.map((call) => `${call} --header 'Prefer: respond-async'`)];
    this.#clients = Array.from({ length: CLIENTS }, (_, client) => {
      const rotated = [...this.requests.slice(client), ...this.requests.slice(0, client)];
      return new Sender(rotated, (request, answer) => {
        this.answers.push({ ...answer, request, at: Math.round(performance.now() - this.#begin) });
      });
    });
  }

  /** How many requests were answered by the system. */
  get answered(): number {
    return this.answers.filter(isAnswered).length;
  }

  get failures(): Sent[] {
    return this.answers.filter((sent) => !isAnswered(sent));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.stop()));
  }
}

/** 202: a job was accepted; 501: an operation that nobody has written yet. */
function isAnswered({ status }: Answer): boolean {
  return status === 200 || status === 202 || status === 501;
}
