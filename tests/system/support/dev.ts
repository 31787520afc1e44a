import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import getPort from "get-port";
import { freePort, listens } from "./ports.ts";
import { type Outcome, Process, run } from "./process.ts";
import type { Project } from "./project.ts";

/** Installing everything and training a model, on a slow machine and network. */
const FIRST_START_MS = 600_000;
/** What Ctrl-C may take: the grace period of a component, and a little. */
const STOP_MS = 30_000;
const HOST = "127.0.0.1";

export interface DevOptions {
  /** On its usual ports where they are free, or on any: others may start one beside it. */
  readonly ports?: "usual";
  /** Variables as `.env` has them. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A system under `make dev`. */
export class Dev {
  /** The gateway's address. */
  readonly url: string;
  readonly #project: Project;
  readonly #process: Process;
  /** The ports it listens on, by those that are usual. */
  readonly #ports: ReadonlyMap<number, number>;

  private constructor(
    project: Project,
    started: Process,
    url: string,
    ports: ReadonlyMap<number, number>,
  ) {
    this.#project = project;
    this.#process = started;
    this.url = url;
    this.#ports = ports;
  }

  /** Runs `make dev` and waits until the system is ready. */
  static async start(test: TestContext, project: Project, options: DevOptions): Promise<Dev> {
    const { gateways, services } = await project.components();
    const ports = new Map<number, number>();
    // A shell may have it set for something else.
    const env: Record<string, string | undefined> = {
      ...project.env,
      ...options.settings,
      PORT: "4000",
    };
    for (const { prefix, port: usual } of [...services, ...gateways]) {
      const port = options.ports ? await getPort({ host: HOST, port: usual }) : await freePort();
      ports.set(usual, port);
      if (port !== usual) env[`${prefix}_PORT`] = String(port);
    }
    const started = new Process("make", ["dev"], { cwd: project.folder, env });
    test.after(() => {
      started.killAll();
      if (!test.passed) test.diagnostic(`What \`make dev\` said:\n${started.output}`);
    });
    for (const { name } of gateways) {
      await started.says(new RegExp(`${name} is ready: http`), FIRST_START_MS);
    }
    assert.match(started.output, /PORT is no setting of the system.*: say \w+_PORT=4000/);
    const port = ports.get(gateways[0]?.port ?? 0);
    return new Dev(project, started, `http://${HOST}:${port}`, ports);
  }

  /** Runs a command that sends a request to a usual address. */
  request(command: string): Promise<Outcome> {
    const present = command.replaceAll(/(?<=127\.0\.0\.1:)\d+/g, (port) =>
      String(this.#ports.get(Number(port)) ?? port),
    );
    return run("sh", ["-c", present], { cwd: this.#project.folder });
  }

  /** Ctrl-C: afterwards nothing runs and nothing listens any more. */
  async stop(): Promise<void> {
    this.#process.interrupt();
    await this.#process.end(STOP_MS);
    assert.deepEqual(this.#process.descendants(), []);
    for (const port of this.#ports.values()) {
      assert.equal(await listens(port), false, `something listens on ${port}`);
    }
  }
}
