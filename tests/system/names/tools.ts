/** The compilers, linters and tests of a generated system, run as its own tasks run them, on one that has nothing
 * installed: it borrows what others have made from an example with the same name and the same transports. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { parse } from "yaml";
import { setting } from "../support/manifests.ts";
import { type Outcome, run } from "../support/process.ts";
import { Project } from "../support/project.ts";
import { SYSTEM } from "./blueprint.ts";

const TOOL_MS = 300_000;
const PROTO = "src/transports/grpc/contracts";
const RUNTIME = "packages/service-runtime/src";

type Environment = Readonly<Record<string, string>>;

interface Tool {
  readonly command: readonly [string, ...string[]];
  /** Below the project. */
  readonly folder?: string;
  readonly env?: Environment;
}

/** A Python service. */
interface Service {
  readonly folder: string;
  readonly module: string;
  readonly hasStubs: boolean;
}

/** What is installed in a system with every transport and every kind, for systems that have nothing. */
export interface Lender {
  /** The packages and programs of all its components, as one environment of Python. */
  readonly environment: string;
  readonly modules: string;
  /** The model of its inference service. */
  readonly models: string;
}

/** Makes an environment of all those of `system`. @throws Error when it cannot be made */
export async function lend(system: Project, environment: string): Promise<Lender> {
  const components = kindsOf(system).map(([name]) => `services/${name}`);
  const lent = ["packages/service-runtime", ...components]
    .map((folder) => system.path(folder, ".venv"))
    .filter((own) => existsSync(own));
  const python = join(lent[0] ?? "", "bin/python");
  await system.succeed("uv", ["venv", "--quiet", "--python", python, environment]);
  writeFileSync(join(packagesOf(environment), "lent.pth"), lent.map(packagesOf).join("\n"));
  for (const bin of lent.map((own) => join(own, "bin"))) {
    for (const program of readdirSync(bin)) {
      const own = join(environment, "bin", program);
      if (!existsSync(own)) symlinkSync(join(bin, program), own);
    }
  }
  const inference = kindsOf(system).find(([, kind]) => kind === "inference")?.[0];
  return {
    environment,
    modules: system.path("node_modules"),
    models: system.path("services", `${inference}`, "models"),
  };
}

/** Looks at the project in `folder` with what a `lender` has installed; `env` says where brokers are.
 * Returns what tools find: nothing, as a rule. What generators of code refuse is not shown to compilers. */
export async function faults(folder: string, lender: Lender, env: Environment): Promise<string> {
  const system = new System(folder, lender, env);
  return (await system.run(system.generators())) || (await system.run(system.judges()));
}

class System {
  readonly #project: Project;
  readonly #gateways: readonly string[];
  readonly #services: readonly Service[];
  readonly #environment: string;

  constructor(folder: string, lender: Lender, env: Environment) {
    this.#environment = lender.environment;
    const bins = [join(folder, "node_modules/.bin"), join(lender.environment, "bin")];
    const path = [...bins, process.env.PATH].join(delimiter);
    // A test without its broker is a failure, not a skipped test.
    this.#project = new Project(folder, { ...env, PATH: path, CI: "true" });
    this.#borrow(lender.modules);
    const gateways: string[] = [];
    const services: Service[] = [];
    for (const [name, kind] of kindsOf(this.#project)) {
      const folder = `services/${name}`;
      const module = `src/${name.replaceAll("-", "_")}`;
      const hasStubs = existsSync(this.#project.path(folder, module, "grpc"));
      if (kind === "gateway") gateways.push(folder);
      else services.push({ folder, module, hasStubs });
      if (kind === "inference") symlinkSync(lender.models, this.#project.path(folder, "models"));
    }
    this.#gateways = gateways;
    this.#services = services;
  }

  /** Everything of `modules` but the packages of the system: its own know what it can do. */
  #borrow(modules: string): void {
    const own = this.#project.path("node_modules");
    const scope = `@${SYSTEM}`;
    mkdirSync(join(own, scope), { recursive: true });
    for (const name of readdirSync(modules)) {
      if (name !== scope) symlinkSync(join(modules, name), join(own, name));
    }
    for (const name of readdirSync(join(modules, scope))) {
      const folder = this.#project.path("packages", name);
      if (existsSync(folder)) symlinkSync(folder, join(own, scope, name));
    }
  }

  /** What the tools say that fail, as many at a time as there are processors. */
  async run(tools: readonly Tool[]): Promise<string> {
    const waiting = [...tools];
    const said: string[] = [];
    const work = async () => {
      for (let tool = waiting.shift(); tool; tool = waiting.shift()) {
        const { code, output } = await this.#start(tool);
        const what = [tool.folder ?? ".", ...tool.command].join(" ");
        if (code !== 0) said.push(`${what}: ended with ${code}\n${output.trim()}`);
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
    return said.join("\n\n");
  }

  /** What makes code of contracts, and manifests of overlays. */
  generators(): Tool[] {
    const buf = ["buf", "generate", "--template", `${PROTO}/buf.gen.yaml`, PROTO] as const;
    const manifests = `make --silent k8s-render overlay=production >${this.#manifests}`;
    return [
      { command: ["sh", "-c", manifests] },
      ...["packages/gateway-runtime", ...this.#gateways]
        .filter((folder) => existsSync(this.#project.path(folder, PROTO)))
        .map((folder): Tool => ({ folder, command: buf })),
      ...this.#services
        .filter(({ hasStubs }) => hasStubs)
        .map(({ folder, module }): Tool => {
          const to = `${module}/grpc/stubs`;
          const outputs = [`--python_out=${to}`, `--mypy_out=quiet:${to}`];
          const protoc = ["-m", "grpc_tools.protoc", `--proto_path=${module}/grpc`, ...outputs];
          return { folder, command: ["python", ...protoc, "contract.proto"] };
        }),
    ];
  }

  judges(): Tool[] {
    const contracts = readdirSync(this.#project.path("contracts")).map(
      (file) => `contracts/${file}`,
    );
    const ending = (...ends: string[]) =>
      contracts.filter((file) => ends.some((end) => file.endsWith(end)));
    const own = this.#gateways.map((folder) => `${folder}/openapi.json`);
    const http = [...own, ...ending(".openapi.json", ".asyncapi.json")];
    // A tool for files that no link needs is not there, or has nothing to read.
    const forFiles = (files: readonly string[], ...command: Tool["command"]): Tool[] =>
      files.length > 0 ? [{ command }] : [];
    const schemas = ending(".graphql");
    writeFileSync(this.#pyright, JSON.stringify(this.#pyrightOptions()));
    return [
      { command: ["pyright", "--project", this.#pyright] },
      { command: ["tsc"] },
      ...this.#gateways.flatMap((folder): Tool[] => [
        { folder, command: ["tsc"] },
        { folder, command: ["node", "--test", "--test-reporter=dot", "test/**/*.test.ts"] },
      ]),
      {
        command: ["biome", "check", "--max-diagnostics=none", "tools", "tests", ...this.#gateways],
      },
      { command: ["prettier", "--check", "."] },
      { command: ["spectral", "lint", "--quiet", "--fail-severity=warn", ...http] },
      ...forFiles(schemas, "node", "tools/graphql.ts", ...schemas),
      ...forFiles(ending(".proto"), "buf", "lint", "contracts"),
      { command: ["ruff", "format", "--check", "services"] },
      { command: ["ruff", "check", "services"] },
      this.#validator(),
      ...this.#services.map(({ folder }): Tool => {
        const sources = [this.#project.path(folder, "src"), this.#project.path(RUNTIME)];
        const env = { PYTHONPATH: sources.join(delimiter) };
        // Training takes long, and says nothing of names.
        const training = "--ignore=tests/inference/test_training.py";
        return { folder, command: ["python", "-m", "pytest", "--quiet", training], env };
      }),
    ];
  }

  // Beside the project, whose own linters would find them in it.
  get #manifests(): string {
    return `${this.#project.folder}.production.yaml`;
  }

  get #pyright(): string {
    return `${this.#project.folder}.pyright.json`;
  }

  /** One run over all services, each with its own imports. */
  #pyrightOptions() {
    const system = basename(this.#project.folder);
    const roots = this.#services.map(({ folder }) => `${system}/${folder}`);
    return {
      include: roots.flatMap((root) => [`${root}/src`, `${root}/tests`]),
      executionEnvironments: roots.map((root) => ({
        root,
        extraPaths: [`${root}/src`, `${system}/${RUNTIME}`],
      })),
      pythonVersion: "3.11",
      typeCheckingMode: "strict",
      ignore: roots.map((root) => `${root}/src/*/*/stubs`),
      venvPath: dirname(this.#environment),
      venv: basename(this.#environment),
    };
  }

  /** The manifests, as Kubernetes reads them. */
  #validator(): Tool {
    const tasks = this.#project.read("deploy/kubernetes/tasks.mk");
    const [validator = ""] = /kubernetes-validate==\S+/.exec(tasks) ?? [];
    const [version = ""] = setting(this.#project, "k8s_versions").split(" ");
    const flags = ["--strict", "--quiet", "--kubernetes-version", version, this.#manifests];
    return { command: ["uvx", "--quiet", validator, ...flags] };
  }

  #start({ command, folder = ".", env = {} }: Tool): Promise<Outcome> {
    const [program, ...args] = command;
    return run(program, args, {
      cwd: this.#project.path(folder),
      env: { ...this.#project.env, ...env },
      timeoutMs: TOOL_MS,
    });
  }
}

/** What each component of a system is called, and its kind. */
function kindsOf(system: Project): (readonly [string, string])[] {
  const { services } = parse(system.read("hybridge.yaml"));
  return Object.entries<{ kind: string }>(services).map(([name, { kind }]) => [name, kind]);
}

/** Where an environment of Python has its packages. */
function packagesOf(environment: string): string {
  const lib = join(environment, "lib");
  const [python = ""] = readdirSync(lib).filter((name) => name.startsWith("python"));
  return join(lib, python, "site-packages");
}
