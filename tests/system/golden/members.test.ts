/** A system whose clients log in: with tokens of its own while developing, and with those of a real provider. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Broker } from "../support/brokers.ts";
import { answerOf, isOk, problemOf, said } from "../support/client.ts";
import { goldenPath } from "../support/golden.ts";
import { asksWhoIsThere, HANDLER, handler, order } from "../support/members.ts";
import { prepared } from "../support/project.ts";
import { Provider } from "../support/provider.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const server = await (await Broker.postgres()).start();
after(() => server.end());
const store = { POSTGRES_URL: server.address };

goldenPath("members", {
  checks: ["lint", "e2e"],
  env: store,
  async whileItRuns(context, project, { url }) {
    const token = async (...words: string[]) => {
      const { stdout } = await project.succeed("make", ["--silent", "token", ...words]);
      return { authorization: `Bearer ${stdout.trim()}` };
    };

    await context.test("`make token` says who somebody is, and what he may", async (step) => {
      await problemOf(await order(url), 401, "unauthenticated");
      const reader = await token("subject=ada", "scopes=orders:read");
      await problemOf(await order(url, reader), 403, "permission_denied");
      const ada = await token("subject=ada");
      project.edit(step, HANDLER, handler);
      await until("an order is placed", () => said(order(url, ada)), isOk, { every: 200 });
      const { member } = await answerOf<{ member: string }>(await order(url, ada));
      assert.equal(member, "ada");
    });
  },
});

test("the tests that this way of authentication brings pass", async (context) => {
  const project = await prepared("members");
  const { output } = await project.succeed("node", ["--test", "test/auth/{jwt,jwt/*}.test.ts"], {
    cwd: project.path("packages/gateway-runtime"),
  });
  const [, count] = /ℹ pass (\d+)/.exec(output) ?? assert.fail(output);
  context.diagnostic(`${count} tests of its own`);
});

test("clients with tokens of a provider", async (context) => {
  const project = await prepared("members");
  project.edit(context, HANDLER, handler);
  const provider = await Provider.start(context, project);
  const system = await System.start(context, project, {
    env: { ...provider.variables, ...store, AUTH_CLOCK_TOLERANCE_MS: "0" },
  });
  await system.answers("shop", "/readyz");
  await asksWhoIsThere(context, [system.url("shop"), system.url("desk")], provider);
});
