/** What is in the images of the default system, and what a change of it builds again. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { basename } from "node:path";
import { after, before, suite, test } from "node:test";
import { Compose, docker, type Inspection, inspect, lines } from "../support/docker.ts";
import { type Project, prepared } from "../support/project.ts";
import { until } from "../support/until.ts";

/** From a change of a file to a container that is healthy with it. */
const WATCH_MS = 60_000;
const HANDLER = "services/vision/src/vision/handlers/predict.py";

/** Of `docker image inspect`. */
interface Image {
  readonly Size: number;
  readonly Config: Pick<Inspection["Config"], "User" | "Labels"> & {
    readonly Env: readonly string[];
    readonly Cmd: readonly string[];
  };
}

suite("the images", () => {
  let project: Project;
  let compose: Compose;
  let images: ReadonlyMap<string, string>;

  before(async () => {
    project = await prepared("minimal");
    compose = await Compose.of(project);
    await compose.run(["build"]);
    const names = [...compose.gateways, ...compose.services].map(({ name }) => name);
    images = new Map(names.map((name) => [name, `minimal/${name}:test`]));
  });
  after(() => compose.down("--volumes"));

  test("say what they are, and start one program as a user without a name", async (context) => {
    for (const [name, tag] of images) {
      const [image] = await inspect<Image>(tag);
      assert.ok(image);
      const { User, Labels, Cmd } = image.Config;
      assert.equal(User, "10001:10001", name);
      assert.equal(Labels["org.opencontainers.image.title"], name);
      assert.equal(Labels["org.opencontainers.image.vendor"], "minimal");
      // In the exec form: a shell in between would keep signals to itself.
      assert.match(Cmd[0] ?? "", /^(node|python)$/, name);
      context.diagnostic(`${name}: ${Math.round(image.Size / 1e6)} MB`);
    }
  });

  test("hold no secret, in no layer", async () => {
    const secrets = [...project.read(".env").matchAll(/^[A-Z0-9_]+=(.{16,})$/gm)];
    assert.notEqual(secrets.length, 0);
    for (const [, secret = ""] of secrets) {
      for (const [name, tag] of images) {
        const said = await docker("history", "--no-trunc", tag);
        assert.ok(!said.includes(secret), name);
        assert.ok(!JSON.stringify(await inspect(tag)).includes(secret), name);
        const search = `docker save ${tag} | grep --count --text --fixed-strings -- '${secret}'`;
        const { stdout } = await project.succeed("sh", ["-c", `${search} || test $? = 1`]);
        assert.equal(stdout.trim(), "0", name);
      }
    }
  });

  test("hold what the lock files name, as `make sbom` writes it down", async () => {
    await project.make("sbom");
    assert.equal(await project.changes(), "");
    const python =
      "import importlib.metadata as m; [print(f'{d.name}=={d.version}') for d in m.distributions()]";
    for (const { name } of compose.services) {
      const bom = componentsOf(project.read(`sbom/${name}.cdx.json`));
      const tag = images.get(name) ?? "";
      const installed = lines(await docker("run", "--rm", tag, "python", "-c", python));
      assert.ok(installed.length > 20, name);
      for (const one of installed) assert.ok(bom.has(normal(one)), `${one} in the SBOM of ${name}`);
    }
    const node = `
      const { packages } = JSON.parse(require("fs").readFileSync("/app/node_modules/.package-lock.json"));
      for (const [path, { version }] of Object.entries(packages))
        if (path.startsWith("node_modules/") && version)
          console.log(path.replace(/^.*node_modules\\//, "") + "==" + version);`;
    for (const { name } of compose.gateways) {
      const bom = componentsOf(project.read(`sbom/${name}.cdx.json`));
      const tag = images.get(name) ?? "";
      const installed = lines(await docker("run", "--rm", tag, "node", "--eval", node));
      assert.ok(installed.length > 20, name);
      for (const one of installed) assert.ok(bom.has(normal(one)), `${one} in the SBOM of ${name}`);
    }
  });

  test("have nothing with which packages are installed or built", async () => {
    const tools = ["npm", "npx", "yarn", "uv", "pip", "gcc", "make"];
    for (const [name, tag] of images) {
      const search = `for tool in ${tools.join(" ")}; do command -v $tool || true; done`;
      const found = await docker("run", "--rm", "--entrypoint", "sh", tag, "-c", search);
      assert.equal(found.trim(), "", name);
    }
  });

  test("hold no tests, no local settings and nothing that was made outside", async () => {
    const unwanted = /^(tests?|testing|\.env|\.lock|data|training|typings)$/;
    const search = "find /app \\( -name node_modules -o -name .venv \\) -prune -o -print";
    for (const [name, tag] of images) {
      const content = lines(await docker("run", "--rm", "--entrypoint", "sh", tag, "-c", search));
      assert.ok(content.length > 10, name);
      const found = content.filter((path) => unwanted.test(basename(path)));
      // The runtime of services has helpers for their tests; nothing imports them.
      assert.deepEqual(
        found.filter((path) => !/service_runtime\/testing$/.test(path)),
        [],
        name,
      );
    }
  });

  test("a changed handler builds the last layers of one image, and starts nothing else", async (context) => {
    await compose.up();
    const before = await compose.containers();
    // A change that no cache has seen, of an earlier run on this machine either.
    project.edit(context, HANDLER, `${project.read(HANDLER)}\n# ${randomUUID()}\n`);
    const { output, seconds } = await compose.up();
    context.diagnostic(`${Math.round(seconds)} s`);
    // Every step that did something: what is not cached has a time of its own.
    const steps = new Map<string, string>();
    const cached = new Set<string>();
    for (const line of output.split("\n")) {
      const [, number = "", step = ""] = /^#(\d+) \[(.+?\d+\/\d+)\] /.exec(line) ?? [];
      if (number) steps.set(number, `${step} ${line.split("] ", 2)[1]}`);
      const [, hit = ""] = /^#(\d+) CACHED/.exec(line) ?? [];
      cached.add(hit);
    }
    const built = [...steps].filter(([number]) => !cached.has(number)).map(([, step]) => step);
    const expected = [
      /FROM /,
      /vision build .* COPY --chmod=\S+ services\/vision\/src src/,
      /compileall/,
      /COPY --from=build/,
    ];
    for (const step of built) {
      assert.ok(
        expected.some((one) => one.test(step)),
        `built again: ${step}\n${output}`,
      );
    }
    assert.ok(
      built.some((step) => step.includes("compileall")),
      output,
    );
    const after = await compose.containers();
    for (const [name, { Id }] of before) {
      if (name === "trends") assert.equal(after.get(name)?.Id, Id, name);
      if (name === "vision") assert.notEqual(after.get(name)?.Id, Id, name);
    }
  });

  test("`docker compose watch` brings a change into the running system", async (context) => {
    await compose.up();
    const { Id } = await compose.container("vision");
    const watch = compose.watch();
    context.after(() => watch.killAll());
    await watch.says(/[Ww]atch enabled/, WATCH_MS);
    const mark = randomUUID();
    project.edit(context, HANDLER, `${project.read(HANDLER)}\n# ${mark}\n`);
    const look = async () => (await compose.containers()).get("vision");
    const isReplaced = (now?: Inspection) =>
      now !== undefined && now.Id !== Id && now.State.Health?.Status === "healthy";
    await until("another one is healthy", look, isReplaced, { within: WATCH_MS, every: 500 });
    await compose.ready();
    const source = HANDLER.replace("services/vision/", "");
    const { stdout } = await compose.exec("vision", "tail", "-n", "1", source);
    assert.equal(stdout.trim(), `# ${mark}`);
  });

  test("the test of the whole runs in a container, when it is asked for", async () => {
    await compose.up();
    assert.ok(!(await compose.containers()).has("e2e"));
    const part = ["node", "--test", "tests/e2e/system.test.ts", "tests/e2e/calls.test.ts"];
    const { output } = await compose.run(["run", "--build", "--no-TTY", "--rm", "e2e", ...part]);
    assert.match(output, /^ℹ pass [1-9]\d*$/m);
  });
});

/** `name==version` of each component of a CycloneDX document. */
function componentsOf(text: string): Set<string> {
  const { components } = JSON.parse(text) as {
    components: { group?: string; name: string; version: string }[];
  };
  return new Set(
    components.map(({ group, name, version }) =>
      normal(`${group ? `${group}/` : ""}${name}==${version}`),
    ),
  );
}

/** Names of packages compare so in PyPI (PEP 503); npm's are lower case. */
function normal(requirement: string): string {
  const [name = "", version = ""] = requirement.split("==");
  return `${name.replace(/[-_.]+/g, "-").toLowerCase()}==${version}`;
}
