import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { assertIs } from "./assertions.ts";
import { noPages, visit } from "./browser.ts";
import { anyOperation, document, offers, post } from "./gateway.ts";
import { Socket } from "./socket.ts";
import { events } from "./stream.ts";

/** Where a service that watches the rate of requests says that it left its baseline; an event of
 * one's own may have the same name, but hardly its fields. */
const [channel, schema] =
  Object.entries(document["x-hybridge"].channels).find(
    ([name, payload]) => name.endsWith(".spiked") && hasBaseline(payload),
  ) ?? [];

function hasBaseline(payload: string): boolean {
  const { properties } = document.components.schemas[payload] as { properties?: object };
  return properties !== undefined && "baseline" in properties;
}

/** Calls at once: enough to stand out, few enough for every limit. */
const BURST = 60;
/** Milliseconds of quiet before the first burst and between two: quiet is what is usual. */
const FIRST_MS = 8000;
const QUIET_MS = 25_000;
/** Milliseconds; the service first listens for a while to what is usual. */
const PATIENCE_MS = 150_000;

/** Calls an operation in bursts while `isWanted`. */
async function makeSpikes(isWanted: () => boolean): Promise<void> {
  const { path, example } = anyOperation();
  for (let quiet = FIRST_MS; isWanted(); quiet = QUIET_MS) {
    await pause(quiet);
    await Promise.all(Array.from({ length: BURST }, () => post(path, example)));
  }
}

/** Waits until `seen` settles, with spikes going on meanwhile. */
async function amidSpikes<T>(seen: Promise<T>): Promise<T> {
  let isOver = false;
  const spikes = makeSpikes(() => !isOver);
  void spikes.catch(() => undefined);
  return seen.finally(() => {
    isOver = true;
  });
}

suite("a spike", { skip: channel === undefined && "no service reports spikes" }, () => {
  test("arrives by every way that is open", { timeout: PATIENCE_MS }, async (context) => {
    assert.ok(channel !== undefined && schema !== undefined);
    const ways: Promise<void>[] = [];
    if (offers("/api/events")) ways.push(seenInStream(channel, schema));
    if (offers("/api/ws")) ways.push(seenOnSocket(context, channel, schema));
    if (ways.length > 0 && !noPages) ways.push(seenOnPage(context, channel));
    await amidSpikes(Promise.all(ways));
  });
});

async function seenInStream(name: string, schemaName: string): Promise<void> {
  for await (const event of events([name], undefined, PATIENCE_MS)) {
    assert.equal(event.channel, name);
    assertIs(schemaName, event.data);
    return;
  }
}

async function seenOnSocket(test: TestContext, name: string, schemaName: string): Promise<void> {
  const socket = await Socket.open(test);
  socket.send({ type: "subscribe", channel: name });
  const event = await socket.next(({ type }) => type === "event", PATIENCE_MS);
  assert.ok(event.type === "event");
  assertIs(schemaName, event.data);
}

async function seenOnPage(test: TestContext, name: string): Promise<void> {
  const visitor = await visit(test);
  const entry = visitor.page.locator(`#live-log [data-channel="${name}"]`);
  await entry.first().waitFor({ timeout: PATIENCE_MS });
  assert.deepEqual(visitor.complaints, []);
}
