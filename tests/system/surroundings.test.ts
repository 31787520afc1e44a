/** What a person's machine is like does not change a system: all of it at once, in one project. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { oldMachine } from "./support/bare-machine.ts";
import { judgeAll } from "./support/contracts.ts";
import { freshFolder } from "./support/places.ts";
import { succeed } from "./support/process.ts";
import { generateFrom, Project } from "./support/project.ts";

/** What stands above the project, each of which some tool would take for the project's own. */
const ABOVE: Readonly<Record<string, string>> = {
  ".prettierrc.json": '{ "tabWidth": 8 }',
  ".python-version": "3.9",
  "biome.json": '{ "formatter": { "lineWidth": 40 } }',
  "package.json": '{ "name": "mono", "private": true, "workspaces": ["apps/*"] }',
  "pyproject.toml":
    '[project]\nname = "mono"\nversion = "0"\nrequires-python = ">=3.11"\n' +
    '[tool.uv.workspace]\nmembers = ["apps/*/services/orders"]\n',
  "pytest.ini": "[pytest]\naddopts = --no-such-option\n",
  "ruff.toml": "line-length = 40\n",
  "tsconfig.json": "no JSON",
  "uv.toml": 'required-version = "<0.2"\n',
};

/** Nobody listens there. */
const NOWHERE = "http://127.0.0.1:9";

suite("in a larger repository, with a shell, a git and a umask that are somebody's own", () => {
  const work = freshFolder("surroundings");
  const repository = join(work, "mono");
  const elsewhere = join(work, "elsewhere");
  const env = {
    CDPATH: elsewhere,
    GIT_CONFIG_GLOBAL: join(work, "gitconfig"),
    HOST: "odd.example",
    LOG_FORMAT: "odd",
    MAKEFLAGS: "-kj2",
    NODE_ENV: "production",
    NODE_OPTIONS: "--no-experimental-strip-types",
    PYTHONOPTIMIZE: "2",
    PYTHONPATH: elsewhere,
    PYTHONSAFEPATH: "1",
    UV_PROJECT_ENVIRONMENT: join(work, "environment"),
    VIRTUAL_ENV: join(work, "environment"),
    http_proxy: NOWHERE,
  };
  const other = join(work, "other/.git");
  const project = new Project(join(repository, "apps/job #1 %2F"), {
    ...env,
    ...oldMachine(),
    GIT_DIR: other,
    PIP_USER: "1",
  });
  const git = (...args: string[]) => succeed("git", args, { cwd: repository, env });

  before(async () => {
    process.umask(0o077);
    for (const folder of [join(elsewhere, "services/gateway"), join(repository, "apps")]) {
      mkdirSync(folder, { recursive: true });
    }
    writeFileSync(join(work, "ignored"), ".env*\ntools\n*.lock\n");
    writeFileSync(
      join(work, "gitconfig"),
      `[user]\nname = T\nemail = t@example.org\n[core]\nexcludesFile = ${join(work, "ignored")}\n`,
    );
    for (const [name, text] of Object.entries(ABOVE)) writeFileSync(join(repository, name), text);
    await git("init", "--quiet");
    await git("init", "--quiet", join(work, "other"));
    const page = join(import.meta.dirname, "surroundings.yaml");
    const { code, output } = await generateFrom(page, project.folder, { env });
    assert.equal(code, 0, output);
    await git("add", "--all", "--force");
    await git("commit", "--quiet", "--message", "All of it");
  });

  for (const task of ["install", "lint", "test"]) {
    test(`\`make ${task}\` is green`, async () => {
      await project.make(task);
    });
  }

  test("nothing is written beside the project", async () => {
    assert.equal((await git("status", "--porcelain")).stdout, "");
    assert.deepEqual(
      readdirSync(repository).sort(),
      [".git", "apps", ...Object.keys(ABOVE)].sort(),
    );
    assert.deepEqual(readdirSync(join(elsewhere, "services/gateway")), []);
    assert.ok(!readdirSync(work).includes("environment"));
  });

  test("`make env` adds the secrets that are missing, and keeps what is there", async () => {
    project.put(".env", "GATEWAY_PORT=4100");
    await project.make("env");
    const [port, secret, ...more] = project.read(".env").trim().split("\n");
    assert.equal(port, "GATEWAY_PORT=4100");
    assert.match(secret ?? "", /^SERVICE_TOKEN=.{40,}$/);
    assert.deepEqual(more, []);
    const { output } = await project.make("env");
    assert.match(output, /complete/);
    assert.equal(readFileSync(project.path(".env"), "utf8"), `${port}\n${secret}\n`);
  });

  test("a contract that breaks what is committed is seen", async (context) => {
    const contract = "contracts/orders.proto";
    const text = project.read(contract);
    project.edit(context, contract, text.replace("string order = 1", "int32 order = 1"));
    await assert.rejects(project.make("contracts"), /changed type from "string" to "int32"/);
  });

  test("what breaks clients of a contract is judged as buf judges it", async () => {
    await judgeAll(freshFolder("judged"), project.path("node_modules/.bin/buf"));
  });
});
