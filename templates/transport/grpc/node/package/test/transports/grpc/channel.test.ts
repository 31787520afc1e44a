import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { type Client, connectivityState } from "@grpc/grpc-js";
import { Channels, dialing } from "../../../src/transports/grpc/channel.ts";
import { closing } from "../../../testing/serve.ts";
import { standIn } from "../../../testing/stand-ins/grpc.ts";

/** Channels to addresses in turn, with the clients that were opened. */
function channelsTo(t: TestContext, ...addresses: readonly string[]) {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const opened: Client[] = [];
  const channels = new Channels(() => {
    const address = addresses[opened.length % addresses.length] ?? "";
    const client = dialing(address, {})(address);
    opened.push(client);
    return client;
  });
  t.after(() => channels.close());
  return { channels, opened };
}

const connected = async (client: Client | undefined) => {
  assert.ok(client);
  await promisify(client.waitForReady.bind(client))(Date.now() + 20_000);
  return client;
};
const failed = async (client: Client | undefined) => {
  const channel = client?.getChannel() ?? assert.fail();
  const changes = promisify(channel.watchConnectivityState.bind(channel));
  for (;;) {
    const state = channel.getConnectivityState(false);
    if (state === connectivityState.TRANSIENT_FAILURE) return;
    await changes(state, Date.now() + 20_000);
  }
};
const stateOf = (client: Client | undefined) => client?.getChannel().getConnectivityState(false);

test("calls take another channel after a while, and what runs on the last one goes on", async (t) => {
  const service = closing(t, await standIn("SAMPLE", {}));
  const { channels, opened } = channelsTo(t, `127.0.0.1:${service.port}`);

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
  await connected(opened[1]);
  assert.equal(await channels.use(connected), opened[1]);
  assert.equal(stateOf(opened[0]), connectivityState.READY);
  running.resolve();
  await call;
  assert.equal(stateOf(opened[0]), connectivityState.SHUTDOWN);
  assert.equal(stateOf(opened[1]), connectivityState.READY);
});

test("a channel that finds nobody takes no calls", async (t) => {
  const service = closing(t, await standIn("SAMPLE", {}));
  const address = `127.0.0.1:${service.port}`;
  const { channels, opened } = channelsTo(t, address, "dns:///nobody.invalid:1");

  await channels.use(connected);
  t.mock.timers.tick(30_000);
  await channels.use(connected);
  await failed(opened[1]);
  assert.equal(await channels.use(connected), opened[0]);
});
