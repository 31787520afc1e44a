/** The shop of the members, whose clients log in at a provider: what it promises, wherever it runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { WebSocket } from "ws";
import type { Job } from "./bridge.ts";
import { answerOf, post, problemOf } from "./client.ts";
import type { Provider } from "./provider.ts";
import { Stream } from "./stream.ts";
import { until } from "./until.ts";

export const HANDLER = "services/orders/src/orders/handlers/place.py";
/** The handler of `place` as a person writes it: it answers who asked. */
export const handler: string = readFileSync(
  join(import.meta.dirname, "../handlers/order.py"),
  "utf8",
);

const CHANNEL = "orders.placed";
/** Seconds of a token that ends in the middle of a stream; long enough to open both ways before. */
const BRIEF_S = 5;
/** By which a stream may end later than its token. */
const LATE_MS = 3000;
/** WebSocket: the token has ended. */
const UNAUTHENTICATED = 4401;

type Headers = Readonly<Record<string, string>>;

interface Placed {
  readonly order: string;
  readonly member: string;
}

/** Orders something. */
export function order(gateway: string, headers: Headers = {}): Promise<Response> {
  return post(`${gateway}/api/orders/place`, { article: "cap" }, { headers });
}

/** What opens one stream or socket, for who cannot show a token there. */
async function ticket(gateway: string, headers: Headers): Promise<string> {
  const response = await fetch(`${gateway}/api/ticket`, { method: "POST", headers });
  return (await answerOf<{ ticket: string }>(response)).ticket;
}

const streamAt = (gateway: string, given: string, channel = CHANNEL) =>
  `${gateway}/api/events?${new URLSearchParams({ channel, ticket: given })}`;

/**
 * Tests who may do what.
 *
 * @param gateways Addresses of two of them
 */
export async function asksWhoIsThere(
  test: TestContext,
  [shop, desk]: readonly [string, string],
  provider: Provider,
): Promise<void> {
  const ann = await provider.shown("ann");
  const bob = await provider.shown("bob");

  await test.test("who shows no token is asked for one", async () => {
    for (const gateway of [shop, desk]) {
      const response = await order(gateway);
      assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="members"');
      await problemOf(response, 401, "unauthenticated");
    }
    const wrong = await order(shop, { authorization: `${ann.authorization}x` });
    assert.match(wrong.headers.get("www-authenticate") ?? "", /^Bearer error="invalid_token"/);
    await problemOf(wrong, 401, "unauthenticated");
  });

  await test.test("who lacks a scope is told which", async () => {
    const reader = await provider.shown("ann", { scope: "orders:read" });
    const response = await order(shop, reader);
    assert.equal(
      response.headers.get("www-authenticate"),
      'Bearer error="insufficient_scope", scope="orders:write"',
    );
    await problemOf(response, 403, "permission_denied");
    const writer = await provider.shown("ann", { scope: "orders:write" });
    const events = `${shop}/api/events?channel=${CHANNEL}`;
    await problemOf(await fetch(events, { headers: writer }), 403, "permission_denied");
  });

  await test.test("the handler knows who asked, whatever he claims", async () => {
    const claimed = Buffer.from('{"sub":"root","scopes":[],"claims":{}}').toString("base64url");
    for (const gateway of [shop, desk]) {
      const asked = await order(gateway, { ...ann, caller: claimed });
      assert.equal((await answerOf<Placed>(asked)).member, "ann");
      assert.equal((await answerOf<Placed>(await order(gateway, bob))).member, "bob");
    }
  });

  await test.test("a job is found by who asked for it, and by nobody else", async () => {
    const accepted = await order(shop, { ...ann, prefer: "respond-async" });
    assert.equal(accepted.status, 202);
    const { id } = (await accepted.json()) as Job;
    const find = (headers: Headers) => fetch(`${shop}/api/jobs/${id}`, { headers });
    const look = async () => answerOf<Job>(await find(ann));
    const isDone = ({ status }: Job) => status === "succeeded";
    const { result } = await until("the order is placed", look, isDone, { within: 20_000 });
    assert.equal((result as unknown as Placed).member, "ann");
    await problemOf(await find(bob), 404, "not_found");
    await problemOf(await find({}), 401, "unauthenticated");
    const events = await fetch(streamAt(shop, await ticket(shop, bob), `jobs.${id}`));
    await problemOf(events, 404, "not_found");
  });

  await test.test("a ticket opens one stream, of its gateway", async () => {
    const given = await ticket(shop, ann);
    await problemOf(await fetch(streamAt(desk, given)), 401, "unauthenticated");
    const stream = await Stream.at(streamAt(shop, given));
    await problemOf(await fetch(streamAt(shop, given)), 401, "unauthenticated");
    await hears(stream, shop, ann);
    stream.close();
  });

  await test.test("streams and sockets end when the token does", async (step) => {
    // Before it is made: its end is in whole seconds, at most one earlier.
    const end = Date.now() + BRIEF_S * 1000;
    const brief = await provider.shown("ann", { seconds: BRIEF_S });
    const stream = await Stream.at(streamAt(shop, await ticket(shop, brief)));
    const socket = new WebSocket(
      `${shop.replace("http", "ws")}/api/ws?ticket=${await ticket(shop, brief)}`,
    );
    step.after(() => socket.terminate());
    await once(socket, "open");
    const closed = once(socket, "close");
    await hears(stream, shop, ann);
    await stream.ended;
    assert.equal(stream.events.at(-1)?.channel, "stream.end");
    assert.equal((await closed)[0], UNAUTHENTICATED);
    const late = Date.now() - end;
    assert.ok(late > -1000 && late < LATE_MS, `${late} ms after the token`);
  });
}

/** So many connections that hardly ever all of them lead to one of two replicas. */
const AT_ONCE = 12;

/**
 * Repeats a request until each replica of the service has answered one.
 *
 * @param logs What the replicas have logged; each line begins with the name of one @returns the order
 */
export async function runsOnce(
  gateway: string,
  provider: Provider,
  replicas: number,
  logs: () => Promise<string>,
): Promise<string> {
  const ann = await provider.shown("ann");
  const repeated = { ...ann, "idempotency-key": "the-same-cap" };
  const orders = new Set<string>();
  const answering = async () => {
    // At once: behind an address that stands for all replicas, each connection leads to one of them.
    const all = Array.from({ length: AT_ONCE }, () => order(gateway, repeated));
    for (const answer of await Promise.all(all)) orders.add((await answerOf<Placed>(answer)).order);
    // Another one, so that the next call is another replica's.
    await answerOf(await order(gateway, ann));
    const calls = (await logs()).split("\n").filter((line) => /"operation": ?"place"/.test(line));
    return [...new Set(calls.map((line) => line.split(/\s/)[0]))];
  };
  await until(`${replicas} that answer`, answering, ({ length }) => length === replicas);
  for (let again = 0; again < replicas; again += 1) await answering();
  const [first, ...others] = orders;
  assert.deepEqual(others, []);
  return first ?? assert.fail();
}

/** Orders until a stream has heard of it: a gateway follows its services once somebody listens. */
async function hears(stream: Stream, gateway: string, headers: Headers): Promise<void> {
  const look = async () => {
    await answerOf(await order(gateway, headers));
    return stream.events;
  };
  const isHeard = (events: typeof stream.events) =>
    events.some(({ channel }) => channel === CHANNEL);
  await until(`an event of ${CHANNEL}`, look, isHeard, { within: 20_000, every: 100 });
}
