/** Stopping, starting and being away: nothing that was taken on is lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bridge } from "../support/bridge.ts";
import { answerOf, problemOf, type Said, tried } from "../support/client.ts";
import { connections } from "../support/transports.ts";
import { until } from "../support/until.ts";

const IN_FLIGHT = 8;
const SECONDS = 2;

for (const transport of connections) {
  const { name: via, broker } = transport;

  test(`SIGTERM in flight over ${via}`, async (context) => {
    const bridge = await Bridge.start(context, transport);
    /** Calls, and jobs if `withJobs`, that are with their handlers. */
    const begin = async (prefix: string, seconds = SECONDS) => {
      const names = Array.from({ length: IN_FLIGHT }, (_, index) => `${prefix}-${index}`);
      const answers = names.map((name) => bridge.worked({ name, seconds }));
      for (const answer of answers) answer.catch(() => undefined);
      for (const name of names) await bridge.says("begun", name);
      return { names, answers };
    };

    await context.test("to the service: calls are answered, it ends with 0", async () => {
      const { names, answers } = await begin("service");
      const { code } = await bridge.system.terminate("echo");
      await Promise.all(answers);
      assert.equal(code, 0, bridge.system.process("echo").output);
      for (const name of names) assert.equal(bridge.count("done", name), 1);
      bridge.system.start("echo");
      await bridge.works("again");
    });

    await context.test("to the gateway: calls are answered, it ends with 0", async () => {
      const { names, answers } = await begin("gateway");
      const { code } = await bridge.system.terminate("gateway");
      await Promise.all(answers);
      assert.equal(code, 0, bridge.system.process("gateway").output);
      for (const name of names) assert.equal(bridge.count("done", name), 1);
      bridge.system.start("gateway");
      await bridge.ready();
      await answerOf(await bridge.work({ name: "again-2" }));
    });

    await context.test("to the service: its running jobs are done, once", async () => {
      const { id } = await bridge.startJob({ name: "job-service", seconds: SECONDS });
      await bridge.says("begun", "job-service");
      const { code } = await bridge.system.terminate("echo");
      assert.equal(code, 0);
      bridge.system.start("echo");
      assert.equal((await bridge.finished(id)).status, "succeeded");
      assert.equal(bridge.count("done", "job-service"), 1);
      await bridge.ready();
    });

    await context.test("to the gateway: its running jobs are done, once", async () => {
      const { id } = await bridge.startJob({ name: "job-gateway", seconds: SECONDS });
      await bridge.says("begun", "job-gateway");
      const { code } = await bridge.system.terminate("gateway");
      assert.equal(code, 0);
      await bridge.says("done", "job-gateway");
      bridge.system.start("gateway");
      await bridge.ready();
      if (transport.keeps) assert.equal((await bridge.finished(id)).status, "succeeded");
      else {
        const response = await fetch(`${bridge.system.url()}/api/jobs/${id}`);
        await problemOf(response, 404, "not_found");
      }
      assert.equal(bridge.count("begun", "job-gateway"), 1);
    });
  });

  test(`readiness over ${via}`, async (context) => {
    const bridge = await Bridge.of(context, transport, {
      envOf: { gateway: { CALL_TIMEOUT_MS: "3000" } },
    });
    const { system } = bridge;
    await system.prepare();
    const becomes = async (name: string, status: number) => {
      const look = () => tried(fetch(`${system.url(name)}/readyz`));
      const isSo = (seen: Said) => seen.status === status;
      return (await until(`${name} says ${status}`, look, isSo)).text;
    };

    await context.test(
      "the gateway first: not ready without its service, and says so",
      async () => {
        system.start("gateway");
        await system.alive("gateway");
        assert.match(await becomes("gateway", 503), /echo/);
        const response = await bridge.work({ name: "too-early" });
        // A broker may keep the call until nobody waits for it any more.
        if (broker && response.status === 504) {
          await problemOf(response, 504, "deadline_exceeded");
        } else await problemOf(response, 503, "unavailable");
      },
    );

    await context.test("the service comes: all is ready, and works", async () => {
      system.start("echo");
      await becomes("echo", 200);
      await becomes("gateway", 200);
      await bridge.works("now");
    });

    await context.test("the service goes: not ready; it comes back: ready", async () => {
      await system.terminate("echo");
      await becomes("gateway", 503);
      system.start("echo");
      await becomes("gateway", 200);
      await answerOf(await bridge.work({ name: "back" }));
    });

    if (!broker) return;
    await context.test("the broker goes: neither is ready; it comes back: both are", async () => {
      await bridge.broker?.stop();
      await becomes("gateway", 503);
      await becomes("echo", 503);
      for (const name of ["gateway", "echo"]) {
        assert.equal((await fetch(`${system.url(name)}/livez`)).status, 200);
      }
      await bridge.broker?.start();
      await becomes("echo", 200);
      await becomes("gateway", 200);
      await bridge.works("again");
    });
  });
}
