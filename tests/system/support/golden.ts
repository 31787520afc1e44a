/** The golden path: what the README of a generated system promises, from `new` to the last task. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { suite, type TestContext, test } from "node:test";
import type { Problem } from "./client.ts";
import { Dev } from "./dev.ts";
import { type Example, generate, Project, project } from "./project.ts";
import { makeTasks, shellCommands } from "./readme.ts";

export interface GoldenOptions {
  /** Tasks that check the system, of those that the README names. */
  readonly checks: readonly string[];
  /** Where the tools come from: see `bareMachine`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where `make dev` runs it; only one test at a time can have the usual ones. */
  readonly ports?: "usual";
  /** What `make dev` is told beside that. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What else is done while `make dev` runs. */
  readonly whileItRuns?: (test: TestContext, project: Project, dev: Dev) => Promise<void>;
}

/** The tasks that are run: here, by `checks`, or in locks.test.ts. */
const TESTED = new Set([
  ...["dev", "help", "format", "env", "lock", "backing"],
  ...["lint", "test", "e2e", "check"],
  ...["upgrade", "clean"],
]);

/** Defines the tests of one example; they build on each other. */
export function goldenPath(example: Example, options: GoldenOptions): void {
  suite(`the golden path of ${example}`, () => {
    let made: Project;

    test("`hybridge new` writes it, with lock files and a first commit", async () => {
      made = new Project((await project(example)).folder, options.env);
      const locks = [
        made.path("package-lock.json"),
        ...(await pythonFolders(made)).map((folder) => `${folder}/uv.lock`),
      ];
      for (const lock of locks) assert.ok(existsSync(lock), lock);
      assert.match((await made.succeed("git", ["log", "--format=%s"])).stdout, /^Lay out .+\n$/);
      assert.equal(await made.changes(), "");
    });

    test("it is not written over", async () => {
      const again = await generate(example, made.folder);
      assert.equal(again.code, 1);
      assert.match(again.output, /is not empty/);
      assert.equal(await made.changes(), "");
    });

    test("`make help` lists every task that the README names, and all are tested", async () => {
      const tasks = makeTasks(made.read("README.md"));
      const { stdout } = await made.make("help");
      for (const task of tasks) assert.match(stdout, new RegExp(`^ +${task} `, "m"));
      const untested = tasks.filter((task) => !TESTED.has(task));
      assert.deepEqual(untested, []);
    });

    test("`make dev` runs it, the README's requests are answered, Ctrl-C ends it all", async (context) => {
      const dev = await Dev.start(context, made, options);
      const [first, ...requests] = shellCommands(made.read("README.md"));
      assert.equal(first, "make dev");
      assert.ok(requests.length > 0);
      for (const request of requests) {
        assert.match(request, /^curl /);
        const { code, stdout } = await dev.request(request);
        assert.equal(code, 0, request);
        // An answer in parts, as it came.
        if (/^event: end$/m.test(stdout)) continue;
        const { code: problem, detail } = JSON.parse(stdout) as Partial<Problem>;
        // What nobody has written yet says so, and where.
        if (problem) assert.match(detail ?? "", /services\/.+\/handlers\/.+\.py/, stdout);
      }
      await options.whileItRuns?.(context, made, dev);
      await dev.stop();
      assert.equal(await made.changes(), "");
    });

    for (const task of options.checks) {
      test(`\`make ${task}\` is green`, async (context) => {
        const { seconds, output } = await made.make(task);
        context.diagnostic(`${passed(output)} tests of its own, ${Math.round(seconds)} s`);
        assert.doesNotMatch(output, /no Chromium/);
        // Each of them has tests under Node.js: none that ran would be a silent pass.
        if (task !== "lint") assert.match(output, /ℹ pass [1-9]/);
      });
    }

    test("`make lint` holds documents and contracts to their rules, too", async () => {
      const plan = (await made.succeed("make", ["--dry-run", "lint"])).stdout;
      const { gateways } = await made.components();
      const documents = gateways.map(({ name }) => `services/${name}/openapi.json`);
      for (const folder of [...documents, "contracts/"]) {
        assert.match(plan, new RegExp(`spectral lint .*--fail-severity=warn .*${folder}`));
      }
      assert.match(made.read("package.json"), /"lint": ".*prettier --check \./);
    });

    test("what is installed is what is locked", async () => {
      const plan = (await made.succeed("make", ["--dry-run", "--always-make", "install"])).stdout;
      assert.match(plan, /npm .* ci /);
      assert.match(plan, /uv sync .*--locked/);
      await made.succeed("npm", ["ls", "--all"]);
      for (const folder of await pythonFolders(made)) {
        await made.succeed("uv", ["sync", "--locked", "--all-groups", "--all-extras", "--check"], {
          cwd: folder,
        });
      }
    });

    test("it is formatted as generated, and its lock files are complete", async () => {
      await made.make("format");
      assert.equal(await made.changes(), "");
      await made.make("lock");
      assert.equal(await made.changes(), "");
    });

    test("its containers get secrets of its own, once", async () => {
      await made.make("env");
      const secrets = made.read(".env");
      await made.make("env");
      assert.equal(made.read(".env"), secrets);
      assert.equal(await made.changes(), "");
      for (const task of makeTasks(made.read("deploy/compose/README.md"))) {
        await made.succeed("make", ["--dry-run", task]);
      }
    });
  });
}

/** How many tests passed, by the words of node:test and pytest. */
function passed(output: string): number {
  const counts = output.matchAll(/ℹ pass (\d+)|(\d+) passed/g);
  return [...counts].reduce((sum, [, node, pytest]) => sum + Number(node ?? pytest), 0);
}

async function pythonFolders(made: Project): Promise<string[]> {
  const { services } = await made.components();
  return [
    made.path("packages/service-runtime"),
    ...services.map(({ name }) => made.path("services", name)),
  ];
}
