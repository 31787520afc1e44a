import assert from "node:assert/strict";
import { test } from "node:test";
import { replicasOf } from "../../../src/transports/grpc/replicas.ts";
import { closing, eventually, serve } from "../../../testing/serve.ts";
import { standIn, wiring } from "../../../testing/stand-ins/grpc.ts";

const answer = ({ input }: { input: unknown }) => {
  const { word } = input as { word: string };
  return { word, length: word.length };
};

test("a target is one replica for each of its addresses", async () => {
  assert.deepEqual(await replicasOf("10.0.0.1:9001")(), ["ipv4:10.0.0.1:9001"]);
  assert.deepEqual(await replicasOf("dns:///[::1]:9001")(), ["ipv6:[::1]:9001"]);
  const two = "ipv4:10.0.0.1:9001,10.0.0.2:9002";
  assert.deepEqual(await replicasOf(two)(), ["ipv4:10.0.0.1:9001", "ipv4:10.0.0.2:9002"]);
  const [local] = await replicasOf("localhost:9001")();
  assert.match(local ?? "", /^ipv(4:127\.0\.0\.1|6:\[::1\]):9001$/);
});

test("two replicas share the calls, and both are received; one that is ready is enough", async (t) => {
  const replicas = [
    closing(t, await standIn("SAMPLE", { read: answer })),
    closing(t, await standIn("SAMPLE", { read: answer })),
  ];
  const list = replicas.map(({ port }) => `127.0.0.1:${port}`).join(",");
  const gateway = closing(t, await serve(wiring, { SAMPLE_GRPC_ADDRESS: `ipv4:${list}` }));
  const subscription = gateway.gateway.hub.subscribe();

  const statuses = new Set<number>();
  // A channel begins with the first connection that it has.
  await eventually(t, async () => {
    statuses.add((await gateway.post("/api/sample/read", { word: "good" })).status);
    for (const { calls, streams } of replicas) {
      assert.deepEqual([calls.length > 0, streams.length > 0], [true, true]);
    }
  });
  for (let call = 0; call < 20; call += 1) {
    statuses.add((await gateway.post("/api/sample/read", { word: "good" })).status);
  }
  assert.deepEqual([...statuses], [200]);

  const time = "2026-01-01T00:00:00Z";
  for (const [index, { streams }] of replicas.entries()) {
    streams[0]?.report({ id: `${index}-0`, name: "stream.gap", time, data: {} });
    streams[0]?.report({ id: `${index}-1`, name: "told", time, data: { word: `${index}` } });
  }
  const words: unknown[] = [];
  for await (const { data } of subscription) {
    if (words.push((data as { word: string }).word) === replicas.length) break;
  }
  // No order holds between two replicas.
  assert.deepEqual(words.sort(), ["0", "1"]);

  const [first, second] = replicas;
  assert.ok(first && second);
  first.ready = false;
  assert.equal((await fetch(`${gateway.origin}/readyz`)).status, 200);
  second.ready = false;
  await eventually(t, async () =>
    assert.equal((await fetch(`${gateway.origin}/readyz`)).status, 503),
  );
});
