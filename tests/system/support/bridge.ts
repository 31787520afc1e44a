/** The system of `bridge.yaml`, over any transport: its handlers do as the tests say. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { Broker } from "./brokers.ts";
import { answerOf, isOk, type Json, type Problem, post, type Said, said, tried } from "./client.ts";
import { freshFolder, work as workFolder } from "./places.ts";
import { generateFrom, Project } from "./project.ts";
import { Stream } from "./stream.ts";
import { System, type SystemOptions } from "./system.ts";
import type { Transport } from "./transports.ts";
import { RECOVERY_MS, until } from "./until.ts";

const HERE = resolve(import.meta.dirname, "..");
const HANDLERS = "services/echo/src/echo/handlers";
/** The files that they are in, without their suffix. */
const OPERATIONS = ["echo", "work", "ping", "streams/tell", "streams/count"];
/** Where the brokers are found by default. */
const USUAL_PORTS = { kafka: 9092, rabbitmq: 5672, redis: 6379 };

/** What `work` is told. */
export interface Work {
  readonly name: string;
  readonly seconds?: number;
  readonly events?: number;
  readonly size?: number;
  readonly fails?: string;
}

/** What `work` answers. */
export interface Worked {
  readonly key: string;
  readonly process: number;
  readonly remaining_ms: number;
  /** Who asked, as the handler sees it; absent for an anonymous client. */
  readonly caller?: {
    readonly subject: string;
    readonly scopes: readonly string[];
    readonly claims: Json;
  };
}

/** A job as its client sees it. */
export interface Job {
  readonly id: string;
  readonly status: "queued" | "running" | "succeeded" | "failed";
  readonly result?: Json;
  readonly problem?: Pick<Problem, "status" | "code" | "detail">;
}

/** Whether a job has come to its end. */
export const isOver = ({ status }: Job) => status === "succeeded" || status === "failed";

export interface BridgeOptions extends SystemOptions {
  /** A broker that the test starts itself. */
  readonly broker?: Broker;
}

/** The service, the gateway and what is between them. */
export class Bridge {
  readonly system: System;
  readonly broker: Broker | undefined;
  readonly #journal: string;

  private constructor(system: System, broker: Broker | undefined, journal: string) {
    this.system = system;
    this.broker = broker;
    this.#journal = journal;
  }

  /** Starts its broker, if there is one, and nothing else. */
  static async of(
    test: TestContext,
    transport: Transport,
    options: BridgeOptions = {},
  ): Promise<Bridge> {
    const broker = options.broker ?? (await brokerOf(transport));
    const moved = placeOf(transport, broker);
    const journal = join(freshFolder("journal"), "journal");
    const system = await System.of(test, await bridgeProject(transport), {
      ...options,
      moved,
      env: { JOURNAL: journal, ...options.env },
    });
    // Behind the system's own end, which says goodbye to the broker.
    if (broker) test.after(() => broker.end());
    return new Bridge(system, broker, journal);
  }

  /** Starts all of it, and waits until it is ready. */
  static async start(
    test: TestContext,
    transport: Transport,
    options: BridgeOptions = {},
  ): Promise<Bridge> {
    const bridge = await Bridge.of(test, transport, options);
    await bridge.system.prepare();
    for (const name of ["echo", "gateway"]) bridge.system.start(name);
    await bridge.ready();
    return bridge;
  }

  /** Waits until gateways and services say that they are ready. */
  async ready(...names: readonly string[]): Promise<void> {
    const parts = names.length > 0 ? names : ["echo", "gateway"];
    for (const name of parts) await this.system.answers(name, "/readyz");
  }

  url(operation: string, gateway = "gateway"): string {
    return `${this.system.url(gateway)}/api/echo/${operation}`;
  }

  work(what: Work, init: RequestInit = {}, gateway = "gateway"): Promise<Response> {
    return post(this.url("work", gateway), { ...what }, init);
  }

  /** `work` that must succeed. */
  async worked(what: Work, init: RequestInit = {}, gateway = "gateway"): Promise<Worked> {
    return answerOf<Worked>(await this.work(what, init, gateway));
  }

  /** Sends `work` until it is done. */
  async works(name: string): Promise<void> {
    await until(`work ${name}`, () => said(this.work({ name })), isOk);
  }

  /** Sends `work` with `Prefer: respond-async`; it must be accepted. */
  async startJob(what: Work, headers: Readonly<Record<string, string>> = {}): Promise<Job> {
    const response = await this.work(what, { headers: { prefer: "respond-async", ...headers } });
    const text = await response.text();
    assert.equal(response.status, 202, text);
    return JSON.parse(text) as Job;
  }

  /** A job as it is now. */
  async job(id: string, gateway = "gateway"): Promise<Job> {
    return answerOf<Job>(await fetch(`${this.system.url(gateway)}/api/jobs/${id}`));
  }

  /** A job as it is in the end; meanwhile the gateway may be away. */
  async finished(id: string, within = RECOVERY_MS): Promise<Job> {
    const look = () => tried(fetch(`${this.system.url()}/api/jobs/${id}`));
    const isAtEnd = (seen: Said) => isOk(seen) && isOver(JSON.parse(seen.text) as Job);
    const { text } = await until(`job ${id} is over`, look, isAtEnd, { within });
    return JSON.parse(text) as Job;
  }

  /** The lines that begin with `what` in the journal of a piece of work. */
  lines(what: string, name: string): string[] {
    return this.#written().filter((line) => line.startsWith(`${what} ${name} `));
  }

  /** How often `what` (`begun`, `done`, `cancelled`) was written down of a piece of work. */
  count(what: string, name: string): number {
    return this.counts(what).get(name) ?? 0;
  }

  /** How often `what` was written down, by the names of the work. */
  counts(what: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const line of this.#written()) {
      const [done, name] = line.split(" ", 2);
      if (done === what && name) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  /** Waits until `what` has been written down of a piece of work. */
  async says(what: string, name: string, within = RECOVERY_MS): Promise<void> {
    const own = () => this.#written().filter((line) => line.split(" ", 2)[1] === name);
    const isSaid = (lines: string[]) => lines.some((line) => line.startsWith(`${what} `));
    await until(`"${what} ${name}" in the journal`, own, isSaid, { within });
  }

  /** A client of the gateway's events that has certainly begun to listen. */
  async listen(channel: string, gateway = "gateway"): Promise<Stream> {
    const stream = await Stream.open(this.system.url(gateway), [channel]);
    const name = `listening-${crypto.randomUUID()}`;
    if (channel !== "echo.worked") return stream;
    const look = async () => ({
      work: await said(this.work({ name, events: 1 })),
      events: stream.events.length,
    });
    await until(`an event at ${gateway}`, look, ({ events }) => events > 0, { every: 200 });
    return stream;
  }

  /** The lines of the journal. */
  #written(): string[] {
    const text = existsSync(this.#journal) ? readFileSync(this.#journal, "utf8") : "";
    return text.split("\n");
  }
}

const preparing = new Map<Transport, Promise<Project>>();

/** The generated system with the handlers in their places and everything installed. */
export function bridgeProject(transport: Transport): Promise<Project> {
  const known = preparing.get(transport);
  if (known) return known;
  const made = prepare(transport);
  preparing.set(transport, made);
  return made;
}

async function prepare({ name, backplane }: Transport): Promise<Project> {
  const parts = backplane ? ["bridge", name, backplane] : ["bridge", name];
  const project = new Project(join(workFolder, parts.join("-")));
  // A run that was interrupted leaves half a project.
  const whole = `${project.folder}.whole`;
  if (!existsSync(whole)) {
    rmSync(project.folder, { recursive: true, force: true });
    mkdirSync(workFolder, { recursive: true });
    const flags = ["--via", name, "--no-git", "--no-lock"];
    if (backplane) flags.push("--backplane", backplane);
    const outcome = await generateFrom(join(HERE, "bridge.yaml"), project.folder, { flags });
    assert.equal(outcome.code, 0, outcome.output);
    await project.make("prepare");
    writeFileSync(whole, "");
  }
  for (const operation of OPERATIONS) {
    const handler = readFileSync(join(HERE, "handlers", `${operation}.py`), "utf8");
    project.put(`${HANDLERS}/${basename(operation)}.py`, handler);
  }
  return project;
}

/** A broker of its own, where the transport has one; it runs. */
async function brokerOf({ broker, backplane }: Transport): Promise<Broker | undefined> {
  const kind = broker ?? backplane;
  return kind && (await Broker[kind]()).start();
}

/** Where a broker listens, by the port that it usually has. */
function placeOf(
  { broker: kind, backplane }: Transport,
  broker: Broker | undefined,
): ReadonlyMap<number, number> {
  const usual = kind ?? backplane;
  if (!broker || !usual) return new Map();
  return new Map([[USUAL_PORTS[usual], Number(broker.address.split(":").at(-1))]]);
}
