/** Lock files: the same for everybody, at home with a person's own packages, and never a hindrance. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { bareMachine } from "./support/bare-machine.ts";
import { freshFolder } from "./support/places.ts";
import { generate, Project, project } from "./support/project.ts";

const EXAMPLE = "vision";
/** What `new` may take when no registry answers. */
const OFFLINE_S = 60;

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
    await second.make("install");

    const before = versionsOf(locked.read("package-lock.json"));
    const after = versionsOf(second.read("package-lock.json"));
    assert.ok(after.delete("node_modules/nanoid"));
    assert.deepEqual(after, before);
    assert.match(second.read("services/vision/uv.lock"), /^name = "humanize"$/m);
    const others = names.filter((name) => !/^package-lock|vision/.test(name));
    assert.ok(others.length > 0);
    for (const name of others) assert.equal(second.read(name), locked.read(name));
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
