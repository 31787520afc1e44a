/** The examples that examples.test.ts does not look at more closely: each starts as generated, passes its
 * own test of the whole, and leaves nothing. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Compose } from "../support/docker.ts";
import { examples } from "../support/manifests.ts";
import { type Example, project } from "../support/project.ts";

const CLOSELY = ["minimal", "mixed"];

const others = process.env.EXAMPLES ? [] : examples.filter((name) => !CLOSELY.includes(name));

// Much of it is waiting: two at a time.
suite("other examples in containers", { concurrency: 2 }, () => {
  for (const example of others) {
    test(`${example} starts, passes its end-to-end tests, and leaves nothing`, async (context) => {
      const compose = await Compose.of(await project(example as Example));
      context.after(() => compose.down("--volumes"));
      const { seconds } = await compose.up();
      const tests = await compose.run(["run", "--build", "--no-TTY", "--rm", "e2e"]);
      const passed = [...tests.output.matchAll(/ℹ pass (\d+)/g)].map(([, count]) => Number(count));
      assert.ok(passed.length > 0 && passed.every((count) => count > 0), tests.output);
      context.diagnostic(
        `up ${Math.round(seconds)} s, ${passed.join(" + ")} tests ${Math.round(tests.seconds)} s`,
      );
      await compose.down("--volumes");
      assert.deepEqual(await compose.leftovers(), []);
    });
  }
});
