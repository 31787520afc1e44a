/** A generated system in containers, as its own compose.yaml describes them. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { isReady, tried } from "./client.ts";
import { work } from "./places.ts";
import { freeRange } from "./ports.ts";
import { type Outcome, Process, type RunOptions, run, succeed } from "./process.ts";
import type { Component, Project } from "./project.ts";
import { until } from "./until.ts";

const MINUTE = 60_000;
/** Building every image and starting everything, on a slow machine. */
const UP_MS = 15 * MINUTE;
/** What was killed starts again: how long a broker takes to on a busy machine is its own. */
const RESTART_MS = 2 * MINUTE;
const HOST = "127.0.0.1";
/** By which compose marks what it makes. */
const LABEL = "com.docker.compose.project";

/** The part of `docker inspect` that the tests read. */
export interface Inspection {
  readonly Id: string;
  readonly Image: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: {
    readonly User: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly HostConfig: {
    readonly Memory: number;
    readonly PidsLimit: number;
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly LogConfig: { readonly Config: Readonly<Record<string, string>> };
  };
  readonly NetworkSettings: {
    readonly Ports: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
    >;
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
}

/** `docker` with a command that must succeed. @throws Error with its output when it fails */
export async function docker(...args: readonly string[]): Promise<string> {
  return (await succeed("docker", args, { cwd: work, timeoutMs: 5 * MINUTE })).stdout;
}

/** What `docker inspect` says of containers, images or networks. */
export async function inspect<T = Inspection>(...names: readonly string[]): Promise<T[]> {
  return JSON.parse(await docker("inspect", ...names)) as T[];
}

/** `docker compose` in a project, under a name and on ports of its own. */
export class Compose {
  readonly project: Project;
  /** Of the compose project: what its networks and volumes begin with. */
  readonly name: string;
  readonly gateways: readonly Component[];
  readonly services: readonly Component[];
  readonly #env: Readonly<Record<string, string>>;

  private constructor(
    project: Project,
    name: string,
    parts: { gateways: readonly Component[]; services: readonly Component[] },
    env: Readonly<Record<string, string>>,
  ) {
    this.project = project;
    this.name = name;
    this.gateways = parts.gateways;
    this.services = parts.services;
    this.#env = env;
  }

  /**
   * Makes its `.env` and chooses ports; starts nothing.
   *
   * @param options.gateways How often each gateway may run: for so many there are ports.
   */
  static async of(project: Project, { gateways: replicas = 1 } = {}): Promise<Compose> {
    await project.make("env");
    const { gateways, services, settings } = await project.components();
    const name = `test-${randomBytes(4).toString("hex")}`;
    const env: Record<string, string> = { COMPOSE_PROJECT_NAME: name, TAG: "test" };
    const ports = Object.keys(settings).filter((setting) => setting.endsWith("_PORT"));
    for (const { prefix } of gateways) env[`${prefix}_PORT`] = await freeRange(replicas);
    for (const variable of ports) env[variable] = await freeRange(1);
    return new Compose(project, name, { gateways, services }, env);
  }

  /** `docker compose` with arguments. @throws Error with its output when it fails */
  run(args: readonly string[], options: Partial<RunOptions> = {}): Promise<Outcome> {
    return this.project.succeed("docker", ["compose", "--progress", "plain", ...args], {
      timeoutMs: UP_MS,
      ...options,
      env: { ...this.#env, ...options.env },
    });
  }

  /** A command for a shell, as a document has it. @throws Error with its output when it fails */
  sh(command: string): Promise<Outcome> {
    return this.project.succeed("sh", ["-c", command], { timeoutMs: UP_MS, env: this.#env });
  }

  /** `docker compose watch` of what runs already, until it is ended. */
  watch(): Process {
    return new Process("docker", ["compose", "watch", "--no-up"], {
      cwd: this.project.folder,
      env: { ...this.project.env, ...this.#env },
    });
  }

  /** Builds, starts, and waits until all is healthy. @throws Error with the logs when it is not */
  async up(...args: readonly string[]): Promise<Outcome> {
    try {
      return await this.run(["up", "--build", "--detach", "--wait", ...args]);
    } catch (error) {
      const { output } = await this.run(["logs", "--tail", "60"]);
      throw new Error(`${error instanceof Error ? error.message : error}\n${output}`);
    }
  }

  /** Removes containers and networks, and with `--volumes` what they kept. */
  down(...args: readonly string[]): Promise<Outcome> {
    return this.run(["down", "--remove-orphans", ...args]);
  }

  /** `make` with a task, under the same name and ports. */
  make(task: string): Promise<Outcome> {
    return this.project.make(task, { timeoutMs: UP_MS, env: this.#env });
  }

  /** What a variable that says where something listens on this machine is set to. */
  port(variable: string): number {
    return Number(this.#env[variable]);
  }

  /** Where each replica of a gateway is found. */
  async urls(gateway: string): Promise<string[]> {
    const all = [...(await this.containers()).values()];
    return all
      .filter(({ Config }) => Config.Labels["com.docker.compose.service"] === gateway)
      .flatMap(({ NetworkSettings }) => Object.values(NetworkSettings.Ports))
      .flatMap((published) => published ?? [])
      .map(({ HostPort }) => `http://${HOST}:${HostPort}`);
  }

  url({ prefix, port }: Component): string {
    return `http://${HOST}:${this.#env[`${prefix}_PORT`] ?? port}`;
  }

  /** A command that names usual addresses, with those that stand here. */
  readdress(command: string): string {
    let text = command;
    for (const gateway of this.gateways) {
      text = text.replaceAll(`http://${HOST}:${gateway.port}`, this.url(gateway));
    }
    return text;
  }

  /** Every container, with those that have ended, by its service in compose.yaml; replicas are
   * `<service>-2` and so on. */
  async containers(): Promise<Map<string, Inspection>> {
    const found = new Map<string, Inspection>();
    // Not seen while one of them goes between the list and the look.
    const all = await until("a look at each container", () => this.#inspections(), Array.isArray, {
      within: MINUTE,
    });
    for (const one of all) {
      const service = one.Config.Labels["com.docker.compose.service"];
      const number = one.Config.Labels["com.docker.compose.container-number"];
      found.set(number === "1" ? `${service}` : `${service}-${number}`, one);
    }
    return found;
  }

  /** All containers, or which of them went between the list and the look. */
  async #inspections(): Promise<Inspection[] | string> {
    const { stdout } = await this.run(["ps", "--all", "--quiet"]);
    try {
      return await inspect(...lines(stdout));
    } catch (error) {
      if (/no such (object|container)/i.test(`${error}`)) return `${error}`;
      throw error;
    }
  }

  /** A running container. */
  async container(name: string): Promise<Inspection> {
    return (await this.containers()).get(name) ?? assert.fail(`there is no ${name}`);
  }

  /** Runs a program in a container. */
  exec(name: string, ...command: readonly string[]): Promise<Outcome> {
    return this.run(["exec", "--no-TTY", name, ...command]);
  }

  /**
   * Ends everything in a container as a fault would: not by `docker kill`, after which the engine
   * takes the container for stopped on purpose and does not start it again.
   */
  async kill(name: string): Promise<void> {
    const { Id } = await this.container(name);
    // Ends itself too, but not the init: that goes with its child.
    await run("docker", ["exec", Id, "sh", "-c", "kill -KILL -1"], { cwd: work });
  }

  /** Waits until a container that was killed has been started again and is healthy.
   *
   * @param since When it had been started before. */
  async restarted(name: string, since: string, within = RESTART_MS): Promise<void> {
    await until(
      `${name}, killed, started at ${since} before, is healthy again`,
      async () => (await this.container(name)).State,
      ({ Health, StartedAt }) => Health?.Status === "healthy" && StartedAt !== since,
      { within, every: 500 },
    );
  }

  /** Waits until every gateway says that it and its services are ready. */
  async ready(): Promise<void> {
    for (const gateway of this.gateways) {
      const look = () => tried(fetch(`${this.url(gateway)}/readyz`));
      await until(`${gateway.name} is ready`, look, isReady, { every: 200 });
    }
  }

  /** What there still is of it: containers, networks, volumes. */
  async leftovers(): Promise<string[]> {
    const filter = ["--quiet", "--filter", `label=${LABEL}=${this.name}`];
    const found = await Promise.all([
      docker("ps", "--all", ...filter),
      docker("network", "ls", ...filter),
      docker("volume", "ls", ...filter),
    ]);
    return found.flatMap(lines);
  }
}

/** The lines of a text that say something. */
export function lines(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}
