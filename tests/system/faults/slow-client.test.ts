import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { suite, test } from "node:test";
import { WebSocket } from "ws";
import { answerOf } from "../support/client.ts";
import { CHANNEL, place, startOrders } from "../support/orders.ts";
import { Stream } from "../support/stream.ts";
import type { System } from "../support/system.ts";
import { until } from "../support/until.ts";

/** Events of this size fill what the kernel keeps for a connection before they fill the queue. */
const SIZE = 100_000;
const PARCELS = 4;
const LAGGING = "gateway_event_subscribers_lagging_total";
/** Milliseconds within which everybody else has an event. */
const PROMPT_MS = 1000;

/** A client that listens to `CHANNEL`, and its own port. */
async function subscribe(system: System): Promise<{ socket: WebSocket; port: number }> {
  const connection = connect(system.port("gateway"), "127.0.0.1");
  const url = `${system.url().replace("http", "ws")}/api/ws`;
  const socket = new WebSocket(url, { createConnection: () => connection });
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "subscribe", channel: CHANNEL }));
  return { socket, port: connection.localPort ?? 0 };
}

/** Whether the gateway still holds its end of a connection: its client cannot tell without reading.
 * https://docs.kernel.org/networking/proc_net_tcp.html */
async function isHeld(gatewayPort: number, clientPort: number): Promise<boolean> {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");
  const [local, remote, established] = [hex(gatewayPort), hex(clientPort), "01"];
  const table = await readFile("/proc/net/tcp", "utf8");
  return table.split("\n").some((line) => {
    const [, from, to, state] = line.trim().split(/\s+/);
    return from?.endsWith(local) && to?.endsWith(remote) && state === established;
  });
}

/** Lets events flow until the gateway has found somebody too slow; how many there were. */
async function flowUntilSomebodyLags(system: System): Promise<number> {
  let sent = 0;
  const look = async () => {
    await answerOf(await place(system, { parcels: PARCELS, size: SIZE }));
    sent += PARCELS;
    return { sent, lagging: await system.metric("gateway", LAGGING) };
  };
  await until("somebody lags", look, ({ lagging }) => lagging > 0, { within: 60_000, every: 5 });
  return sent;
}

suite("a WebSocket client that stops reading", () => {
  test("is sent away with 1013, and nobody else waits for it", async (context) => {
    const system = await startOrders(context, { envOf: { gateway: { EVENT_QUEUE: "16" } } });
    const { socket: slow } = await subscribe(system);
    const { socket: quick } = await subscribe(system);
    const stream = await Stream.open(system.url(), [CHANNEL]);
    context.after(() => {
      for (const socket of [slow, quick]) socket.terminate();
      stream.close();
    });
    const delays: number[] = [];
    quick.on("message", (data) => {
      delays.push(Date.now() - Date.parse((JSON.parse(String(data)) as { time: string }).time));
    });

    slow.pause();
    const sent = await flowUntilSomebodyLags(system);
    slow.resume();
    const [code] = await once(slow, "close");
    assert.equal(code, 1013);

    await stream.until(sent);
    const quickOnes = () => delays.length;
    await until(`${sent} events`, quickOnes, (events) => events >= sent, { within: 10_000 });
    const worst = Math.max(...delays, ...stream.events.map(({ delayMs }) => delayMs));
    context.diagnostic(`${sent} events of ${SIZE} bytes; the others had each within ${worst} ms`);
    assert.ok(worst < PROMPT_MS, `an event took ${worst} ms`);
    assert.equal(quick.readyState, WebSocket.OPEN);
  });

  test("is cut off when it never reads again", async (context) => {
    const system = await startOrders(context, { envOf: { gateway: { EVENT_QUEUE: "16" } } });
    const { socket: slow, port } = await subscribe(system);
    context.after(() => slow.terminate());
    slow.pause();
    await flowUntilSomebodyLags(system);
    const held = () => isHeld(system.port("gateway"), port);
    assert.ok(await held(), "the close has no time to arrive");
    await until("the gateway lets go", held, (isHeld) => !isHeld, { within: 10_000 });
  });
});
