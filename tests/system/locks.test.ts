/** Lock files: the same for everybody, at home with a person's own packages, and never a hindrance; a person's
 * project, over another transport and without hybridge. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { bareMachine } from "./support/bare-machine.ts";
import { Broker } from "./support/brokers.ts";
import { freshFolder, hybridge } from "./support/places.ts";
import { run } from "./support/process.ts";
import { generate, identity, Project, project } from "./support/project.ts";
import { addressVariable, switchOfToday } from "./support/transports.ts";

const EXAMPLE = "vision";
/** What `new` may take when no registry answers. */
const OFFLINE_S = 60;
/** Programs say their versions, uv compares what is locked. */
const DOCTOR_MS = 30_000;

const HANDLER = "services/vision/src/vision/handlers/predict.py";
/** Names that clients read from the network. */
const WIRE = /urn:hybridge:problem|x-hybridge|(domain: |_DOMAIN: Final = )"hybridge"/;

let locked: Project;
let names: string[];
before(async () => {
  locked = await project(EXAMPLE);
  names = (await locked.files()).filter((path) =>
    /(^|\/)(package-lock\.json|uv\.lock)$/.test(path),
  );
  assert.deepEqual(names, [
    "package-lock.json",
    "packages/service-runtime/uv.lock",
    "services/trends/uv.lock",
    "services/vision/uv.lock",
  ]);
});

/** The same lock files, byte for byte. */
function assertSame(other: Project): void {
  for (const name of names) assert.ok(locked.read(name) === other.read(name), `${name} differs`);
}

interface Check {
  readonly name: string;
  readonly findings: readonly { readonly what: string }[];
}

/** What `hybridge doctor` finds wrong with lock files, sorted. */
async function lockFindings(of: Project): Promise<string[]> {
  const { stdout } = await run(hybridge, ["doctor", "--json"], {
    cwd: of.folder,
    env: of.env,
    timeoutMs: DOCTOR_MS,
  });
  const { checks } = JSON.parse(stdout) as { checks: Check[] };
  const locks = checks.find(({ name }) => name === "lock files") ?? assert.fail(stdout);
  return locks.findings.map(({ what }) => what).sort();
}

async function commit(of: Project, message: string): Promise<void> {
  await of.succeed("git", ["add", "--all"]);
  await of.succeed("git", ["commit", "--quiet", "--allow-empty", `--message=${message}`], {
    env: identity,
  });
}

/** Package -> version in a lock file of npm. */
function versionsOf(text: string): Map<string, string> {
  const { packages } = JSON.parse(text) as { packages: Record<string, { version: string }> };
  return new Map(Object.entries(packages).map(([path, { version }]) => [path, version]));
}

suite("lock files", () => {
  let second: Project;

  test("are the same in two systems of the same blueprint", async () => {
    second = new Project(join(freshFolder("locks"), EXAMPLE));
    const outcome = await generate(EXAMPLE, second.folder);
    assert.equal(outcome.code, 0, outcome.output);
    assertSame(second);
    // npm's name each file's hash; an address would bind the project to who made the lock file.
    for (const name of names.filter((path) => path.endsWith(".json"))) {
      assert.match(second.read(name), /"integrity": "sha512-/);
    }
  });

  test("are the same when `make lock` makes them", async () => {
    for (const name of names) rmSync(second.path(name));
    await second.make("lock");
    assertSame(second);
  });

  test("take in a person's own packages, and stay as they are otherwise", async () => {
    const gateway = second.path("services/gateway");
    const vision = second.path("services/vision");
    await second.make("tools");
    await second.succeed("npm", ["install", "nanoid"], { cwd: gateway });
    await second.succeed("uv", ["add", "humanize"], { cwd: vision });
    await second.make("lock");

    const before = versionsOf(locked.read("package-lock.json"));
    const after = versionsOf(second.read("package-lock.json"));
    assert.ok(after.delete("node_modules/nanoid"));
    assert.deepEqual(after, before);
    assert.match(second.read("services/vision/uv.lock"), /^name = "humanize"$/m);
    const others = names.filter((name) => !/^package-lock|vision/.test(name));
    assert.ok(others.length > 0);
    for (const name of others) assert.equal(second.read(name), locked.read(name));
  });

  test("are looked at by `hybridge doctor`", async (context) => {
    await commit(second, "packages of our own");
    assert.deepEqual(await lockFindings(second), []);
    const pyproject = "services/vision/pyproject.toml";
    const added = second
      .read(pyproject)
      .replace("dependencies = [", 'dependencies = [\n    "natsort>=8",');
    second.edit(context, pyproject, added);
    rmSync(second.path("packages/service-runtime/uv.lock"));
    assert.deepEqual(await lockFindings(second), [
      "`packages/service-runtime/uv.lock` is missing",
      "`services/vision/uv.lock` is stale: `pyproject.toml` was changed since",
    ]);
    await second.succeed("git", ["checkout", "packages/service-runtime/uv.lock"]);
  });

  test("follow a person's project over another transport and out of hybridge, which stays green", async (context) => {
    const { from, to } = switchOfToday();
    context.diagnostic(`${from.name} -> ${to.name}; SWITCH=${from.name}:${to.name} repeats it`);
    await second.succeed(hybridge, ["set", "links.vision.via", from.name]);
    const written = second.read(HANDLER);
    const logged = written
      .replace("\n\nfrom ", "\n\nimport logging\n\nfrom ")
      .replace(
        "    prediction =",
        '    logging.getLogger(__name__).debug("mine")\n    prediction =',
      );
    assert.notEqual(logged, written);
    second.put(HANDLER, logged);
    await commit(second, "a handler of our own");
    await second.succeed(hybridge, ["set", "links.vision.via", to.name]);
    assert.equal(second.read(HANDLER), logged);
    await second.make("lock");
    assert.deepEqual(await lockFindings(second), []);
    await second.succeed(hybridge, ["apply", "--check"]);

    await commit(second, "another transport");
    await second.succeed(hybridge, ["eject"]);
    await commit(second, "without hybridge");
    assert.equal(second.read(HANDLER), logged);
    const { stdout } = await second.succeed("git", ["grep", "--cached", "-iIhn", "hybridge"]);
    const left = stdout.trim().split("\n");
    assert.deepEqual(
      left.filter((line) => !WIRE.test(line)),
      [],
    );

    const env: Record<string, string> = {};
    if (to.broker) {
      const broker = await Broker[to.broker]();
      context.after(() => broker.end());
      await broker.start();
      env[addressVariable[to.broker]] = broker.address;
    }
    for (const task of ["lint", "e2e"]) {
      const { seconds } = await second.make(task, { env });
      context.diagnostic(`make ${task}: ${Math.round(seconds)} s`);
    }
    await second.testComponents(env);
    assert.equal(await second.changes(), "");
  });

  test("move on with `make upgrade`", async () => {
    await second.make("upgrade");
    await second.make("install");
    for (const name of names) assert.ok(existsSync(second.path(name)), name);
    assert.match(second.read("services/vision/uv.lock"), /^name = "humanize"$/m);
  });

  test("are all that `make clean` leaves of what was installed", async () => {
    await second.make("clean");
    const { stdout } = await second.succeed("git", ["status", "--porcelain", "--ignored"]);
    assert.doesNotMatch(stdout, /node_modules|\.venv|\.tools|models/);
    for (const name of names) assert.ok(existsSync(second.path(name)), name);
  });
});

suite("without lock files", () => {
  test("`new` writes the project all the same when no registry answers", async () => {
    const nowhere = "http://127.0.0.1:9";
    const folder = freshFolder("offline");
    const offline = new Project(join(folder, EXAMPLE));
    const { code, output, seconds } = await generate(EXAMPLE, offline.folder, {
      env: {
        npm_config_registry: `${nowhere}/`,
        npm_config_cache: join(folder, "npm"),
        UV_DEFAULT_INDEX: `${nowhere}/simple`,
        UV_CACHE_DIR: join(folder, "uv"),
      },
    });
    assert.equal(code, 0, output);
    assert.match(output, /make lock/);
    assert.ok(seconds < OFFLINE_S, `${seconds} s`);
    const written = (await locked.files()).filter((path) => !names.includes(path));
    assert.deepEqual(await offline.files(), written);
  });

  test("`new` says what is missing, and `make lock` gets it", async () => {
    const env = bareMachine();
    const bare = new Project(join(freshFolder("bare"), EXAMPLE), env);
    const { code, output } = await generate(EXAMPLE, bare.folder, { env });
    assert.equal(code, 0, output);
    assert.match(output, /is not installed/);
    assert.match(output, /make lock/);
    await bare.make("lock");
    assertSame(bare);
    assert.ok(readFileSync(bare.path(".gitignore"), "utf8").includes(".tools"));
  });
});
