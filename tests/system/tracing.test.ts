import assert from "node:assert/strict";
import { test } from "node:test";
import { answerOf } from "./support/client.ts";
import { Collector } from "./support/collector.ts";
import { place, startOrders } from "./support/orders.ts";
import { until } from "./support/until.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

test("one trace spans the client, the gateway and Python", async (context) => {
  const collector = await Collector.start(context);
  const system = await startOrders(context, { env: collector.env });
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
  await answerOf(await place(system, {}, { headers }));

  const own = () => collector.spans.filter(({ traceId }) => traceId === TRACE);
  await until("three spans", own, ({ length }) => length >= 3, { within: 20_000 });
  const spanOf = (service: string, kind: string) => {
    const span = own().find((one) => one.service === service && one.kind === kind);
    assert.ok(span, `no ${kind} span of ${service} in ${JSON.stringify(own())}`);
    return span;
  };
  const server = spanOf("gateway", "SERVER");
  const client = spanOf("gateway", "CLIENT");
  const handler = spanOf("orders", "SERVER");
  assert.deepEqual(
    [server.name, client.name, handler.name],
    ["POST /api/orders/place", "place orders", "place orders"],
  );
  assert.deepEqual(
    [server.parentId, client.parentId, handler.parentId],
    [PARENT, server.spanId, client.spanId],
  );
  assert.equal(own().length, 3);
  await system.stop();
});

test("spans that wait are sent when a process is told to stop", async (context) => {
  const collector = await Collector.start(context);
  const never = { OTEL_BSP_SCHEDULE_DELAY: "3600000" };
  const system = await startOrders(context, { env: { ...collector.env, ...never } });
  await answerOf(await place(system));
  assert.deepEqual(collector.spans, []);
  await system.stop();
  const services = new Set(collector.spans.map(({ service }) => service));
  assert.deepEqual([...services].sort(), ["gateway", "orders"]);
});
