/** The compilers, linters and tests of a generated system, run as its own tasks run them, on one that has nothing
 * installed: it borrows the packages of an example with the same name and the same transports. */
import { existsSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, delimiter, join } from "node:path";
import { parse } from "yaml";
import { setting } from "../support/manifests.ts";
import { type Outcome, run } from "../support/process.ts";
import { Project } from "../support/project.ts";

const TOOL_MS = 300_000;
const PROTO = "src/transports/grpc/contracts";

type Environment = Readonly<Record<string, string>>;

interface Tool {
  readonly command: readonly [string, ...string[]];
  /** Below the project. */
  readonly folder?: string;
  readonly env?: Environment;
}

/** A Python service, and the programs that are installed for it. */
interface Service {
  readonly folder: string;
  readonly module: string;
  readonly bin: string;
  /** Where the packages of its kind are. */
  readonly packages: string;
}

/** Looks at the project in `folder` with the packages that are installed in `lender`; `env` says where brokers are.
 * Returns what tools find: nothing, as a rule. What generators of code refuse is not shown to compilers. */
export async function faults(folder: string, lender: Project, env: Environment): Promise<string> {
  const system = new System(folder, lender, env);
  return (await system.run(system.generators())) || (await system.run(system.judges()));
}

class System {
  readonly #project: Project;
  readonly #gateways: readonly string[];
  readonly #services: readonly Service[];
  /** Where the types of all transports are. */
  readonly #bin: string;

  constructor(folder: string, lender: Project, env: Environment) {
    this.#bin = lender.path("packages/service-runtime/.venv/bin");
    const path = [join(folder, "node_modules/.bin"), this.#bin, process.env.PATH].join(delimiter);
    // A test without its broker is a failure, not a skipped test.
    this.#project = new Project(folder, { ...env, PATH: path, CI: "true" });
    const kinds = kindsOf(this.#project);
    const isGateway = ([, kind]: readonly [string, string]) => kind === "gateway";
    this.#gateways = kinds.filter(isGateway).map(([name]) => `services/${name}`);
    const grpc = grpcPrograms(lender);
    const lenders = new Map(kindsOf(lender).map(([name, kind]) => [kind, name]));
    this.#services = kinds
      .filter((one) => !isGateway(one))
      .map(([name, kind]) => {
        const module = `src/${name.replaceAll("-", "_")}`;
        const hasStubs = existsSync(this.#project.path("services", name, module, "grpc"));
        const from = lender.path("services", `${lenders.get(kind)}`);
        if (existsSync(join(from, "models")))
          symlinkSync(join(from, "models"), this.#project.path("services", name, "models"));
        return {
          folder: `services/${name}`,
          module,
          bin: hasStubs ? grpc : this.#bin,
          packages: packagesOf(join(from, ".venv")),
        };
      });
    symlinkSync(lender.path("node_modules"), this.#project.path("node_modules"));
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
      ...this.#gateways
        .filter((folder) => existsSync(this.#project.path(folder, PROTO)))
        .map((folder): Tool => ({ folder, command: buf })),
      ...this.#services
        .filter(({ bin }) => bin !== this.#bin)
        .map(({ folder, module, bin }): Tool => {
          const to = `${module}/grpc/stubs`;
          const outputs = [`--python_out=${to}`, `--mypy_out=quiet:${to}`];
          const protoc = ["-m", "grpc_tools.protoc", `--proto_path=${module}/grpc`, ...outputs];
          const command = [join(bin, "python"), ...protoc, "contract.proto"] as const;
          return { folder, command, env: { PATH: [bin, process.env.PATH].join(delimiter) } };
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
      { command: ["node", "tools/graphql.ts", ...ending(".graphql")] },
      { command: ["buf", "lint", "contracts"] },
      { command: ["ruff", "format", "--check", "services"] },
      { command: ["ruff", "check", "services"] },
      this.#validator(),
      ...this.#services.map(({ folder, bin, packages }): Tool => {
        const env = { PYTHONPATH: [this.#project.path(folder, "src"), packages].join(delimiter) };
        // Training takes long, and says nothing of names.
        const training = "--ignore=tests/inference/test_training.py";
        return { folder, command: [join(bin, "pytest"), "--quiet", training], env };
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
    const environments = this.#services.map(({ packages }, at) => {
      const root = `${roots[at]}`;
      return { root, extraPaths: [`${root}/src`, packages] };
    });
    return {
      include: roots.flatMap((root) => [`${root}/src`, `${root}/tests`]),
      executionEnvironments: environments,
      pythonVersion: "3.11",
      typeCheckingMode: "strict",
      ignore: roots.map((root) => `${root}/src/*/*/stubs`),
      venvPath: join(this.#bin, "../.."),
      venv: ".venv",
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

/** The programs of a service that has the compiler of protobuf. */
function grpcPrograms(lender: Project): string {
  const bins = readdirSync(lender.path("services")).map((name) =>
    lender.path("services", name, ".venv/bin"),
  );
  const bin = bins.find((one) => existsSync(join(one, "protoc-gen-mypy")));
  if (bin === undefined) throw new Error(`no service of ${lender.folder} has grpcio-tools`);
  return bin;
}
