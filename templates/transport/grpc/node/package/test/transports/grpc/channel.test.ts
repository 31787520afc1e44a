import assert from "node:assert/strict";
import { test } from "node:test";
import { promisify } from "node:util";
import { type Client, connectivityState } from "@grpc/grpc-js";
import { Channels, dialing } from "../../../src/transports/grpc/channel.ts";
import { closing } from "../../../testing/serve.ts";
import { standIn } from "../../../testing/stand-ins/grpc.ts";

test("calls take another channel after a while, and what runs on the last one goes on", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const service = closing(t, await standIn("SAMPLE", {}));
  const address = `127.0.0.1:${service.port}`;
  const opened: Client[] = [];
  const channels = new Channels(() => {
    const client = dialing(address, {})(address);
    opened.push(client);
    return client;
  });
  t.after(() => channels.close());
  const connected = async (client: Client) =>
    promisify(client.waitForReady.bind(client))(Date.now() + 20_000);
  const stateOf = (client: Client | undefined) => client?.getChannel().getConnectivityState(false);

  const running = Promise.withResolvers<void>();
  const call = channels.use(async (client) => {
    await connected(client);
    await running.promise;
  });
  await channels.use(connected);
  assert.equal(opened.length, 1);

  t.mock.timers.tick(30_000);
  await channels.use(connected);
  assert.equal(opened.length, 2);
  assert.equal(stateOf(opened[0]), connectivityState.READY);
  running.resolve();
  await call;
  assert.equal(stateOf(opened[0]), connectivityState.SHUTDOWN);
  assert.equal(stateOf(opened[1]), connectivityState.READY);
});
