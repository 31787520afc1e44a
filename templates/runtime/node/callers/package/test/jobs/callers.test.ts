import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChannelEvent, Subscription } from "../../src/events/hub.ts";
import { LocalService } from "../../testing/local.ts";
import { openGateway } from "../../testing/sample.ts";
import { closing } from "../../testing/serve.ts";

test("a job and its steps are seen by who asked, and by nobody else", async (t) => {
  const service = new LocalService();
  const release = service.hold();
  const gateway = closing(t, openGateway(service));
  const [ann, bob] = ["ann", "bob"].map((subject) => ({ subject, scopes: [], claims: {} }));
  const { id } = await gateway.jobs.start("sample", "read", { word: "job" }, { caller: ann });
  const channels = [`jobs.${id}`];
  const own = gateway.hub.subscribe({ channels, caller: ann });
  for (const caller of [bob, undefined]) {
    await assert.rejects(gateway.jobs.get(id, caller), { code: "not_found" });
    assert.throws(() => gateway.hub.subscribe({ channels, caller }), { code: "not_found" });
    const subscription = gateway.hub.subscribe({ channels: [], caller });
    assert.throws(() => subscription.add(`jobs.${id}`), { code: "not_found" });
  }
  release();
  const statuses = [];
  for await (const { data } of own) {
    const { status } = data as { status: string };
    statuses.push(status);
    if (status === "succeeded") break;
  }
  assert.deepEqual(statuses, ["running", "succeeded"]);
  assert.equal((await gateway.jobs.get(id, ann)).status, "succeeded");
  assert.equal(service.calls[0]?.context.caller, ann);
});

test("what somebody else asked for is not seen by who listened before it was known", async (t) => {
  const gateway = closing(t, openGateway(new LocalService()));
  const [ann, bob] = ["ann", "bob"].map((subject) => ({ subject, scopes: [], claims: {} }));
  const channels = ["jobs.7"];
  const received = (subscription: Subscription) => subscription[Symbol.asyncIterator]().next();
  const strangers = [bob, undefined].map((caller) => gateway.hub.subscribe({ channels, caller }));
  const own = gateway.hub.subscribe({ channels, caller: ann });
  gateway.hub.publish("jobs.7", "hidden", "ann");
  const { id } = (await received(own)).value as ChannelEvent;
  gateway.hub.publish("jobs.7", "hidden", "ann");
  gateway.hub.publish("jobs.7", "shown");
  strangers.push(gateway.hub.subscribe({ channels, caller: bob, after: id }));
  for (const stranger of strangers) assert.equal((await received(stranger)).value?.data, "shown");
  const again = gateway.hub.subscribe({ channels, caller: ann, after: id });
  assert.equal((await received(again)).value?.data, "hidden");
});
