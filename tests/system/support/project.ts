import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { hybridge, repository, work } from "./places.ts";
import { type Outcome, type RunOptions, run, type StartOptions, succeed } from "./process.ts";

/** A process of a generated system, as its own `tools/system.ts` describes it. */
export interface Component {
  readonly name: string;
  /** What its variables begin with in `.env`. */
  readonly prefix: string;
  readonly port: number;
  /** What it listens on beside `port`, by the variable that says where. */
  readonly ports: Readonly<Record<string, number>>;
  /** A shell command, run in its folder. */
  readonly start: string;
  /** What has to succeed before it starts. */
  readonly before: readonly { readonly command: string }[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Components {
  readonly gateways: readonly Component[];
  readonly services: readonly Component[];
  /** What is set once for all of them. */
  readonly settings: Readonly<Record<string, string>>;
}

const MINUTE = 60_000;
/** Installing, training, testing: everything that a task of the project may do. */
const TASK_MS = 20 * MINUTE;

/** The first commit needs somebody who makes it. */
export const identity: Readonly<Record<string, string>> = {
  GIT_AUTHOR_NAME: "A Person",
  GIT_AUTHOR_EMAIL: "person@example.org",
  GIT_COMMITTER_NAME: "A Person",
  GIT_COMMITTER_EMAIL: "person@example.org",
};

type Environment = StartOptions["env"];

/** A generated project. */
export class Project {
  readonly folder: string;
  /** Beside the environment of the tests. The project's own tools come first on its PATH. */
  readonly env: NonNullable<Environment>;

  constructor(folder: string, env: Environment = {}) {
    const path = env.PATH ?? process.env.PATH ?? "";
    this.folder = folder;
    this.env = { ...env, PATH: [join(folder, ".tools/bin"), path].join(delimiter) };
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  read(path: string): string {
    return readFileSync(this.path(path), "utf8");
  }

  /** Writes a file as a person would; it is as it was at the end of the test, or gone. */
  edit(test: { after(restore: () => void): void }, path: string, text: string): void {
    const file = this.path(path);
    const before = existsSync(file) ? this.read(path) : undefined;
    test.after(() => (before === undefined ? rmSync(file) : writeFileSync(file, before)));
    writeFileSync(file, text);
  }

  /** Puts a file in its place for good, unless it is there: test files that run side by side share
   * the project. */
  put(path: string, text: string): void {
    if (!existsSync(this.path(path)) || this.read(path) !== text)
      writeFileSync(this.path(path), text);
  }

  /** `make` with a task that ends. @throws Error with its output when it fails */
  make(task: string, options: Partial<RunOptions> = {}): Promise<Outcome> {
    return this.succeed("make", [task], options);
  }

  /** Runs a program in the project. @throws Error with its output when it fails */
  succeed(
    command: string,
    args: readonly string[],
    { env, ...options }: Partial<RunOptions> = {},
  ): Promise<Outcome> {
    return succeed(command, args, {
      cwd: this.folder,
      timeoutMs: TASK_MS,
      ...options,
      env: { ...this.env, ...env },
    });
  }

  /** Runs the tests of all gateways and services. Those of the packages, which a system shares with others, run where
   * they are all there: in mixed. @throws Error with what failed */
  async testComponents(env: Environment = {}): Promise<void> {
    const { gateways, services } = await this.components();
    for (const { name } of gateways) {
      await this.succeed("npm", ["test", "--silent"], { cwd: this.path("services", name), env });
    }
    for (const { name } of services) await this.pytest(`services/${name}`, { env });
  }

  /** Runs tests of a folder of Python: all, unless it is told which. @throws Error with its output when one fails */
  pytest(
    folder: string,
    { tests = [], env = {} }: { tests?: readonly string[]; env?: Environment } = {},
  ): Promise<Outcome> {
    const args = ["run", "--no-sync", "pytest", "--quiet", ...tests];
    return this.succeed("uv", args, { cwd: this.path(folder), env });
  }

  /** What git does not know or finds changed: nothing, as long as nobody changes anything. */
  async changes(): Promise<string> {
    return (await this.succeed("git", ["status", "--porcelain"])).stdout;
  }

  /** The names of all files that belong to the project, sorted. */
  async files(): Promise<string[]> {
    const { stdout } = await this.succeed("git", ["ls-files"]);
    return stdout.trim().split("\n").sort();
  }

  async components(): Promise<Components> {
    return await import(pathToFileURL(this.path("tools/system.ts")).href);
  }
}

/** The names of the examples in the repository. */
export type Example =
  | "minimal"
  | "vision"
  | "shop"
  | "mixed"
  | "rest"
  | "graphql"
  | "grpc"
  | "rabbitmq"
  | "kafka"
  | "scaled"
  | "assistant"
  | "members";

/** What `hybridge new` is told beside the blueprint. */
export interface NewOptions {
  readonly env?: Environment;
  readonly flags?: readonly string[];
}

/** Runs `hybridge new --from` for an example. */
export function generate(
  example: Example,
  folder: string,
  options: NewOptions = {},
): Promise<Outcome> {
  return generateFrom(join(repository, "examples", `${example}.yaml`), folder, options);
}

/** Runs `hybridge new --from` for a blueprint. */
export function generateFrom(
  blueprint: string,
  folder: string,
  { env, flags = [] }: NewOptions = {},
): Promise<Outcome> {
  return run(hybridge, ["new", "--from", blueprint, "--into", folder, ...flags], {
    cwd: dirname(folder),
    env: { ...identity, ...env },
    timeoutMs: 10 * MINUTE,
  });
}

/** The project of an example with its lock files and first commit: made once for the whole run. */
export async function project(example: Example): Promise<Project> {
  const folder = join(work, example);
  if (!existsSync(folder)) {
    mkdirSync(work, { recursive: true });
    const outcome = await generate(example, folder);
    assert.equal(outcome.code, 0, outcome.output);
  }
  return new Project(folder);
}

const preparing = new Map<Example, Promise<Project>>();

/** The same with everything installed and trained. */
export function prepared(example: Example): Promise<Project> {
  const known = preparing.get(example);
  if (known) return known;
  const made = project(example).then(async (one) => {
    await one.make("prepare");
    return one;
  });
  preparing.set(example, made);
  return made;
}
