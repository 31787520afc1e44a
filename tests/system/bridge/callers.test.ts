/** Who asked: known to the handler over every transport, and the owner of his jobs. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Bridge, type Job, type Worked } from "../support/bridge.ts";
import { answerOf, problemOf } from "../support/client.ts";
import { Stream } from "../support/stream.ts";
import { type Transport, transports } from "../support/transports.ts";

const SECOND = "gateway-2";
const unique = (name: string) => `${name}-${crypto.randomUUID()}`;
const asking = (subject: string) => ({ "x-test-subject": subject });
/** As the handler sees it. */
const seen = (subject: string) => ({
  subject,
  scopes: ["work:do"],
  claims: { tenant: "tests", level: 7 },
});
/** What nobody may claim himself. */
const claimed = {
  caller: Buffer.from('{"sub":"root","scopes":["all"],"claims":{}}').toString("base64url"),
};

for (const transport of transports) {
  test(`callers over ${transport.name}`, async (context) => {
    const { bridge, gateways } = await start(context, transport);
    const find = (id: string, headers: Record<string, string>, gateway = "gateway") =>
      fetch(`${bridge.system.url(gateway)}/api/jobs/${id}`, { headers });

    /** The job as its owner sees it in the end. */
    const finished = async (id: string, headers: Record<string, string>): Promise<Job> => {
      for (;;) {
        const job = await answerOf<Job>(await find(id, headers));
        if (job.status === "succeeded" || job.status === "failed") return job;
      }
    };

    await context.test("a handler knows who asked", async () => {
      const { caller } = await bridge.worked({ name: unique("call") }, { headers: asking("ann") });
      assert.deepEqual(caller, seen("ann"));
    });

    await context.test("nobody is who he says himself", async () => {
      const worked = (headers: Record<string, string>) =>
        bridge.worked({ name: unique("claim") }, { headers });
      assert.equal((await worked({})).caller, undefined);
      assert.equal((await worked(claimed)).caller, undefined);
      assert.deepEqual((await worked({ ...asking("ann"), ...claimed })).caller, seen("ann"));
    });

    await context.test("a job runs for who asked, and is his", async () => {
      const ann = asking("ann");
      const { id } = await bridge.startJob({ name: unique("job"), seconds: 1 }, ann);
      const stream = await Stream.open(bridge.system.url(), [`jobs.${id}`], undefined, ann);
      for (const gateway of gateways) {
        assert.equal((await find(id, ann, gateway)).status, 200);
        for (const other of [asking("bob"), {}, claimed]) {
          await problemOf(await find(id, other, gateway), 404, "not_found");
          const events = `${bridge.system.url(gateway)}/api/events?channel=jobs.${id}`;
          await problemOf(await fetch(events, { headers: other }), 404, "not_found");
        }
      }
      const { result } = await finished(id, ann);
      assert.deepEqual((result as unknown as Worked).caller, seen("ann"));
      const last = () => (stream.events.at(-1)?.data as { status?: string } | undefined)?.status;
      for (let count = 1; last() !== "succeeded"; count += 1) await stream.until(count);
      stream.close();
      for (const gateway of gateways) {
        await problemOf(await find(id, asking("bob"), gateway), 404, "not_found");
      }
    });

    await context.test("a job of an anonymous client is found by who can name it", async () => {
      const { id } = await bridge.startJob({ name: unique("open") });
      const { result } = await bridge.finished(id);
      assert.equal((result as unknown as Worked).caller, undefined);
      assert.equal((await find(id, asking("ann"))).status, 200);
    });

    await context.test("two who choose the same idempotency key do not meet", async () => {
      const key = { "idempotency-key": crypto.randomUUID() };
      const name = unique("keyed");
      const worked = (headers: Record<string, string>) =>
        bridge.worked({ name }, { headers: { ...headers, ...key } });
      const [ann, again] = [await worked(asking("ann")), await worked(asking("ann"))];
      const bob = await worked(asking("bob"));
      assert.deepEqual(again, ann);
      assert.deepEqual(bob.caller, seen("bob"));
      assert.notEqual(bob.key, ann.key);
      assert.equal(bridge.count("begun", name), 2);

      const own = await bridge.startJob({ name }, { ...asking("ann"), ...key });
      const other = await bridge.startJob({ name }, { ...asking("bob"), ...key });
      assert.notEqual(own.id, other.id);
      await finished(own.id, asking("ann"));
      await finished(other.id, asking("bob"));
    });
  });
}

/** A system, and its gateways: where the transport keeps jobs there are two that know of them. */
async function start(context: TestContext, transport: Transport) {
  const gateways = transport.keeps ? ["gateway", SECOND] : ["gateway"];
  const replicas = transport.keeps ? { [SECOND]: "gateway" } : {};
  const bridge = await Bridge.of(context, transport, { replicas });
  await bridge.system.prepare();
  const parts = ["echo", ...gateways];
  for (const name of parts) bridge.system.start(name);
  await bridge.ready(...parts);
  return { bridge, gateways };
}
