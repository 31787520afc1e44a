/** Events reach everybody who listens, at every gateway, whoever else is slow. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { Bridge } from "../support/bridge.ts";
import { Stream, type StreamEvent } from "../support/stream.ts";
import { transports } from "../support/transports.ts";
import { until } from "../support/until.ts";

const CHANNEL = "echo.worked";
/** Fewer than gateways keep for who comes back. */
const MANY = 300;
/** How many a piece of work tells at once. */
const BATCH = 10;

const numbersOf = (events: readonly StreamEvent[], prefix: string) =>
  events
    .map(({ data }) => data as { name: string; number: number })
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name, number }) => `${name} ${number}`);

for (const transport of transports) {
  test(`events over ${transport.name}`, async (context) => {
    const bridge = await Bridge.of(context, transport, { replicas: { "gateway-2": "gateway" } });
    await bridge.system.prepare();
    for (const name of ["echo", "gateway", "gateway-2"]) bridge.system.start(name);
    await bridge.ready("echo", "gateway", "gateway-2");
    const first = await bridge.listen(CHANNEL, "gateway");
    const second = await bridge.listen(CHANNEL, "gateway-2");
    context.after(() => {
      for (const stream of [first, second]) stream.close();
    });

    /** Tells `MANY` events, and which they were, in order. */
    const tell = async (prefix: string) => {
      const told: string[] = [];
      for (let batch = 0; batch < MANY / BATCH; batch += 1) {
        const name = `${prefix}-${batch}`;
        await bridge.worked({ name, events: BATCH });
        for (let number = 0; number < BATCH; number += 1) told.push(`${name} ${number}`);
      }
      return told;
    };
    const hears = async (stream: { readonly events: readonly StreamEvent[] }, told: string[]) => {
      const prefix = told[0]?.replace(/-\d+ \d+$/, "") ?? "";
      const look = () => numbersOf(stream.events, prefix);
      const isAll = ({ length }: string[]) => length >= told.length;
      assert.deepEqual(await until(`${told.length} events`, look, isAll), told);
    };

    await context.test("two gateways hear all of them, in order and once", async () => {
      const told = await tell("both");
      await hears(first, told);
      await hears(second, told);
    });

    await context.test("a browser hears them over a WebSocket, too", async () => {
      const socket = new WebSocket(`${bridge.system.url().replace("http", "ws")}/api/ws`);
      await once(socket, "open");
      const events: StreamEvent[] = [];
      socket.on("message", (data) => events.push(JSON.parse(String(data)) as StreamEvent));
      socket.send(JSON.stringify({ type: "subscribe", channel: CHANNEL }));
      // The first event shows that the subscription stands.
      const look = async () => {
        await bridge.worked({ name: "socket", events: 1 });
        return events;
      };
      await until("an event at the socket", look, ({ length }) => length > 0);
      await hears({ events }, await tell("socketed"));
      socket.terminate();
    });

    await context.test("who comes back to the other gateway goes on where it was", async () => {
      await tell("before");
      const last = first.events.at(-1);
      const told = await tell("missed");
      const stream = await Stream.open(bridge.system.url("gateway-2"), [CHANNEL], last?.id);
      context.after(() => stream.close());
      await hears(stream, told);
      assert.equal(
        stream.events.some(({ channel }) => channel === "stream.gap"),
        false,
      );
    });

    await context.test("a gateway that stands still holds nobody up, and catches up", async () => {
      bridge.system.process("gateway-2").signal("SIGSTOP");
      const told = await tell("still");
      await hears(first, told);
      bridge.system.process("gateway-2").signal("SIGCONT");
      await hears(second, told);
    });
  });
}
