import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { isReady, tried } from "./client.ts";
import { freshFolder } from "./places.ts";
import { freePort } from "./ports.ts";
import { type Ending, Process } from "./process.ts";
import type { Component, Project } from "./project.ts";
import { until } from "./until.ts";

type Variables = Readonly<Record<string, string>>;

export interface SystemOptions {
  /** Those that are started; default: all, the services before the gateways. */
  readonly only?: readonly string[];
  /** Variables of all of them. */
  readonly env?: Variables;
  /** Variables of one of them, by its name. */
  readonly envOf?: Readonly<Record<string, Variables>>;
  /** Further processes of a component: `{ "gateway-2": "gateway" }`. */
  readonly replicas?: Readonly<Record<string, string>>;
  /** Where what is no component listens, by the port it usually has. */
  readonly moved?: ReadonlyMap<number, number>;
}

/** A component as it runs here: a replica has another name and another port. */
interface Part extends Component {
  /** Its folder below `services/`, and its name in `envOf`. */
  readonly component: string;
}

const READY_MS = 60_000;
const STOP_MS = 30_000;
const HOST = "127.0.0.1";

/** Far beyond what one client does, and what others do on the machine, in a test that is not about it. */
const NO_LIMITS = { RATE_LIMIT: "1000000", EVENT_LOOP_DELAY_MS: "0" };

/** A generated system that runs: each component by its own command, on a free port. */
export class System {
  readonly #project: Project;
  readonly #parts: readonly Part[];
  readonly #gateways: ReadonlySet<string>;
  readonly #ports: ReadonlyMap<string, Variables>;
  /** The ports that things have here, by those that are usual. */
  readonly #moved: ReadonlyMap<number, number>;
  readonly #settings: Variables;
  readonly #options: SystemOptions;
  readonly #data: string;
  readonly #running = new Map<string, Process>();
  readonly #before: Process[] = [];

  private constructor(
    project: Project,
    parts: readonly Part[],
    gateways: ReadonlySet<string>,
    ports: Ports,
    settings: Variables,
    options: SystemOptions,
  ) {
    this.#project = project;
    this.#parts = parts;
    this.#gateways = gateways;
    this.#ports = ports.own;
    this.#moved = ports.moved;
    this.#settings = settings;
    this.#options = options;
    this.#data = freshFolder("data");
  }

  /** Chooses ports and starts nothing. At the end of the test everything is stopped, and what the
   * processes said is printed if the test failed. */
  static async of(
    test: TestContext,
    project: Project,
    options: SystemOptions = {},
  ): Promise<System> {
    const { services, gateways, settings } = await project.components();
    const parts = partsOf([...services, ...gateways], options.replicas ?? {});
    const names = new Set(gateways.map(({ name }) => name));
    const gatewayParts = parts.filter(({ component }) => names.has(component));
    const system = new System(
      project,
      parts,
      new Set(gatewayParts.map(({ name }) => name)),
      await choosePorts(parts, options.moved ?? new Map()),
      settings,
      options,
    );
    test.after(async () => {
      await system.stop();
      if (!test.passed) test.diagnostic(`What the system said:\n${system.logs()}`);
    });
    return system;
  }

  /** Starts the services, then the gateways, each when those before it are ready. */
  static async start(
    test: TestContext,
    project: Project,
    options: SystemOptions = {},
  ): Promise<System> {
    const system = await System.of(test, project, options);
    await system.prepare();
    for (const { name } of system.#parts) {
      if (options.only && !options.only.includes(name)) continue;
      system.start(name);
      await system.alive(name);
    }
    return system;
  }

  /** Does what has to be done before the components start. */
  async prepare(): Promise<void> {
    for (const part of this.#parts.filter(({ name, component }) => name === component)) {
      for (const { command } of part.before) {
        await this.#project.succeed("/bin/sh", ["-c", `exec ${command}`], {
          cwd: this.#project.path("services", part.component),
          env: this.#environment(part),
        });
      }
    }
  }

  /** Starts a component, or starts it again on the same port. */
  start(name: string, variables: Variables = {}): Process {
    const part = this.#part(name);
    const before = this.#running.get(name);
    if (before) {
      if (!before.hasEnded) throw new Error(`${name} runs already`);
      this.#before.push(before);
    }
    const child = new Process("/bin/sh", ["-c", `exec ${part.start}`], {
      cwd: this.#project.path("services", part.component),
      env: { ...this.#project.env, ...this.#environment(part), ...variables },
    });
    this.#running.set(name, child);
    return child;
  }

  process(name: string): Process {
    const child = this.#running.get(name);
    if (!child) throw new Error(`${name} does not run`);
    return child;
  }

  url(name = "gateway"): string {
    return `http://${HOST}:${this.port(name)}`;
  }

  port(name: string): number {
    const port = Number(this.#ports.get(name)?.PORT);
    if (Number.isNaN(port)) throw new Error(`there is no ${name}`);
    return port;
  }

  /** The variables that a component is started with. */
  variables(name: string): Variables {
    return this.#environment(this.#part(name));
  }

  /** Waits until a component answers at all, and a service until it is ready. */
  async alive(name: string): Promise<void> {
    await this.answers(name, this.#gateways.has(name) ? "/livez" : "/readyz");
  }

  /** Waits until `path` of a component is answered with a 2xx, and `/readyz` of a gateway for all that
   * is behind it. */
  async answers(name: string, path: string): Promise<void> {
    const child = this.process(name);
    const look = () => {
      assert.ok(!child.hasEnded, `${name} ended:\n${child.output}`);
      return tried(fetch(this.url(name) + path));
    };
    await until(`${name} answers ${path} with 200`, look, isReady, { within: READY_MS });
  }

  /** The value of a metric, summed over its series whose labels contain `labels`; 0 without any. */
  async metric(component: string, name: string, labels = ""): Promise<number> {
    const text = await (await fetch(`${this.url(component)}/metrics`)).text();
    let sum = 0;
    for (const line of text.split("\n")) {
      const [, found, its = "", value] = /^(\w+)(\{.*\})? (\S+)$/.exec(line) ?? [];
      if (found === name && its.includes(labels)) sum += Number(value);
    }
    return sum;
  }

  /** Stops a component with SIGTERM and tells how it ended. */
  async terminate(name: string): Promise<Ending> {
    const child = this.process(name);
    child.signal("SIGTERM");
    return child.end(STOP_MS);
  }

  async stop(): Promise<void> {
    const running = [...this.#running.values()].filter((child) => !child.hasEnded);
    for (const child of running) child.signal("SIGTERM");
    try {
      await Promise.all(running.map((child) => child.end(STOP_MS)));
    } finally {
      for (const child of this.#running.values()) child.killAll();
    }
  }

  /** What every process said. */
  logs(): string {
    const all = [...this.#before, ...this.#running.values()];
    return all.map(({ command, output }) => `--- ${command}\n${output}`).join("\n");
  }

  #part(name: string): Part {
    const part = this.#parts.find((one) => one.name === name);
    if (!part) throw new Error(`the system has no ${name}`);
    return part;
  }

  #environment({ name, component, env: usual }: Part): Record<string, string> {
    const { env = {}, envOf = {} } = this.#options;
    const all: Record<string, string> = {};
    for (const [variable, value] of Object.entries({ ...this.#settings, ...usual }))
      all[variable] = this.#readdress(value);
    for (const [variable, value] of Object.entries(all)) {
      if (!value.startsWith("data/")) continue;
      const folder = join(this.#data, name);
      mkdirSync(folder, { recursive: true });
      all[variable] = join(folder, value);
    }
    return {
      ...all,
      ...(this.#gateways.has(name) && NO_LIMITS),
      ...env,
      ...envOf[component],
      ...this.#ports.get(name),
    };
  }

  /** The addresses that things have here instead of their usual ones. */
  #readdress(text: string): string {
    return text.replace(/\b127\.0\.0\.1:(\d+)\b/g, (address, port: string) => {
      const moved = this.#moved.get(Number(port));
      return moved === undefined ? address : `${HOST}:${moved}`;
    });
  }
}

function partsOf(
  components: readonly Component[],
  replicas: Readonly<Record<string, string>>,
): Part[] {
  return components.flatMap((component) => {
    const names = Object.keys(replicas).filter((name) => replicas[name] === component.name);
    return [component.name, ...names].map((name) => ({
      ...component,
      name,
      component: component.name,
    }));
  });
}

interface Ports {
  /** For each part the variables that say on which ports it listens. */
  readonly own: ReadonlyMap<string, Variables>;
  readonly moved: ReadonlyMap<number, number>;
}

/** Free ports for all that the parts listen on; others find the first of replicas. */
async function choosePorts(
  parts: readonly Part[],
  known: ReadonlyMap<number, number>,
): Promise<Ports> {
  const own = new Map<string, Variables>();
  const moved = new Map(known);
  for (const { name, port: main, ports } of parts) {
    const variables: Record<string, string> = {};
    for (const [variable, usual] of Object.entries({ PORT: main, ...ports })) {
      const port = await freePort();
      variables[variable] = String(port);
      if (!moved.has(usual)) moved.set(usual, port);
    }
    own.set(name, variables);
  }
  return { own, moved };
}
