/** The default system in containers over its life: stopped amid work, taken down and brought back. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { answerOf, post } from "../support/client.ts";
import { Compose } from "../support/docker.ts";
import { prepared } from "../support/project.ts";
import { until } from "../support/until.ts";

const HANDLER = "services/vision/src/vision/handlers/predict.py";
const PICTURE = { pixels: Array.from({ length: 64 }, () => 0) };
const CALLS = 5;
/** Seconds that a call takes here. */
const WORK = 3;
/** What compose waits before it kills: the `stop_grace_period` of the generated compose.yaml. */
const GRACE_S = 30;

interface Summary {
  readonly names: readonly { readonly count: number }[];
}

suite("the default system in containers", () => {
  let compose: Compose;

  before(async () => {
    const project = await prepared("minimal");
    const quick = project.read(HANDLER);
    const slow = quick
      .replace(/^(from \.\.contract)/m, "import asyncio\n\n$1")
      .replace(/^( {4})(?=prediction = )/m, `$1await asyncio.sleep(${WORK})\n$1`);
    assert.notEqual(slow, quick);
    project.edit({ after }, HANDLER, slow);
    compose = await Compose.of(project);
    await compose.up();
  });
  after(() => compose.down("--volumes"));

  function gatewayUrl(path: string): string {
    const [gateway] = compose.gateways;
    assert.ok(gateway);
    return compose.url(gateway) + path;
  }

  /** How many requests the store knows of. */
  async function known(): Promise<number> {
    const question = { window_seconds: 3600, name: "request", by: "operation", top: 5 };
    const { names } = await answerOf<Summary>(
      await post(gatewayUrl("/api/trends/summary"), question),
    );
    return names.reduce((sum, { count }) => sum + count, 0);
  }

  test("metrics are for those inside", async () => {
    assert.equal((await fetch(gatewayUrl("/metrics"))).status, 404);
    const look =
      'fetch("http://127.0.0.1:9464/metrics").then(async (r) => console.log(await r.text()))';
    const { stdout } = await compose.exec("gateway", "node", "--eval", look);
    assert.match(stdout, /^http_request_duration_seconds_count\{.*status="404"\} [1-9]/m);
  });

  for (const name of ["vision", "gateway"]) {
    test(`${name} answers what is under way when it is stopped, and leaves in time`, async () => {
      const init = await compose.exec(name, "cat", "/proc/1/comm");
      assert.match(init.stdout, /^(docker-init|tini)$/m);
      const answers = Promise.all(
        Array.from({ length: CALLS }, () => post(gatewayUrl("/api/vision/predict"), PICTURE)),
      );
      await pause((WORK * 1000) / 2);
      const { seconds } = await compose.run(["stop", name]);
      for (const response of await answers)
        assert.equal(response.status, 200, await response.text());
      assert.ok(seconds < GRACE_S, `${seconds} s`);
      const { State } = await compose.container(name);
      assert.deepEqual([State.Status, State.ExitCode], ["exited", 0]);
      await compose.run(["up", "--detach", "--wait", name]);
      await compose.ready();
    });
  }

  test("what is kept survives `down` and `up`, and goes with `down --volumes`", async () => {
    for (let call = 0; call < CALLS; call += 1) await known();
    await until("all are known", known, (count) => count >= 2 * CALLS, { every: 500 });
    const before = await known();
    await compose.down();
    await compose.up();
    assert.ok((await known()) >= before);
    await compose.down("--volumes");
    await compose.up();
    assert.ok((await known()) < before);
  });
});
