/** A system with operations of its own, in containers: it starts as generated, passes its own test of the whole,
 * from a container too, and leaves nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Compose } from "../support/docker.ts";
import { project } from "../support/project.ts";

test("shop starts, passes its end-to-end tests, and leaves nothing", async (context) => {
  const compose = await Compose.of(await project("shop"));
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
