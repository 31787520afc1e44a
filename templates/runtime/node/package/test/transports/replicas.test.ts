import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { OncePerEvent } from "../../src/events/cursor.ts";
import { addressesOf, anyOf } from "../../src/transports/replicas/addresses.ts";
import { followReplicas } from "../../src/transports/replicas/follow.ts";
import { LocalReplica } from "../../testing/local.ts";
import { eventually } from "../../testing/serve.ts";

/** A name, the replicas at its addresses, and what is received of them. */
class Name {
  /** What the name leads to; an error where it cannot be looked up. */
  readonly listed = new Set<string>();
  readonly at = new Map<string, LocalReplica>();
  readonly received: string[] = [];
  known = true;
  looks = 0;

  /** Replicas at 10.0.0.1 and on. */
  constructor(...replicas: readonly LocalReplica[]) {
    for (const [index, replica] of replicas.entries()) this.put(`10.0.0.${index + 1}`, replica);
  }

  /** Follows such replicas; what they begin with has been received already. */
  static async begun(t: TestContext, ...replicas: readonly LocalReplica[]): Promise<Name> {
    const name = new Name(...replicas);
    name.follow(t);
    await name.begun(replicas.length + 1);
    return name;
  }

  put(address: string, replica: LocalReplica): void {
    this.listed.add(address);
    this.at.set(address, replica);
  }

  follow(t: TestContext): void {
    const stop = new AbortController();
    t.after(() => stop.abort());
    const events = followReplicas({
      addresses: async () => {
        this.looks += 1;
        if (!this.known) throw new Error("ENOTFOUND");
        return [...this.listed];
      },
      open: async (address, after, signal) => {
        const replica = this.at.get(address);
        if (!replica) throw new Error("nobody is there");
        return replica.open(after, signal);
      },
      signal: stop.signal,
      log: pino({ enabled: false }),
      service: "sample",
    });
    void (async () => {
      for await (const { id, name } of events) this.received.push(`${name} ${id}`);
      this.received.push("end");
    })();
    t.after(() => this.becomes((received) => received.at(-1) === "end"));
  }

  async becomes(isSo: (received: string[]) => boolean): Promise<void> {
    for (let tries = 0; tries < 500 && !isSo(this.received); tries += 1) await sleep(20);
    assert.ok(isSo(this.received), this.received.join(", "));
  }

  /** Waits until the addresses have been looked up once more. */
  async isLookedUp(t: TestContext): Promise<void> {
    const { looks } = this;
    await eventually(t, () => assert.ok(this.looks > looks, `looked up ${this.looks} times`));
  }

  /** Waits for as much as is expected, and no more. */
  async receives(...expected: string[]): Promise<void> {
    await this.becomes((received) => received.length >= expected.length);
    assert.deepEqual(this.received, expected);
  }

  /** Forgets what was received. */
  async begun(count: number): Promise<void> {
    await this.becomes((received) => received.length >= count);
    this.received.length = 0;
  }
}

describe("replicas", { concurrency: true }, () => {
  test("begin together, and are received each once", async (t) => {
    const [x, y] = [new LocalReplica("x"), new LocalReplica("y")];
    x.report(2);
    x.keep(1);
    const name = new Name(x, y, new LocalReplica("z"));
    name.at.get("10.0.0.3")?.leave("broken");
    name.follow(t);
    await name.receives("stream.open x-1", "stream.open y-0", "stream.gap y-0", "told x-2");
    y.report();
    x.report();
    await name.becomes((received) => received.length === 6);
    assert.deepEqual(name.received.slice(4).sort(), ["told x-3", "told y-1"]);
  });

  test("that come are found, and received from their beginning", async (t) => {
    const [x, y] = [new LocalReplica("x"), new LocalReplica("y")];
    const name = await Name.begun(t, x);
    y.report();
    name.put("10.0.0.2", y);
    await name.receives("stream.open y-0", "told y-1");
  });

  test("that come late have reported what nobody can receive any more", async (t) => {
    const [x, y] = [new LocalReplica("x"), new LocalReplica("y")];
    const name = await Name.begun(t, x);
    y.report(3);
    y.keep(1);
    name.put("10.0.0.2", y);
    await name.receives("stream.gap y-2", "stream.open y-2", "told y-3");
  });

  test("that stop are received until their end", async (t) => {
    const [x, y] = [new LocalReplica("x"), new LocalReplica("y")];
    const name = await Name.begun(t, x, y);
    name.listed.delete("10.0.0.2");
    await name.isLookedUp(t);
    y.report();
    await name.receives("told y-1");
    y.leave("ended");
    await name.receives("told y-1", "stream.end y-0");
  });

  test("that are killed and do not come back leave a gap", async (t) => {
    const [x, y] = [new LocalReplica("x"), new LocalReplica("y")];
    const name = await Name.begun(t, x, y);
    y.report();
    await name.begun(1);
    y.leave("broken");
    name.listed.delete("10.0.0.2");
    await name.receives("stream.gap y-2", "stream.end y-0");
  });

  for (const [what, how, ...gap] of [
    ["have reported all before", "ended"],
    ["leave a gap when they were killed", "broken", "stream.gap y-0"],
  ] as const) {
    test(`that start anew where they were ${what}`, async (t) => {
      const x = new LocalReplica("x");
      const name = await Name.begun(t, x);
      const y = new LocalReplica("y");
      y.report();
      name.put("10.0.0.1", y);
      x.leave(how);
      await name.receives("stream.end x-0", ...gap, "stream.open y-0", "told y-1");
    });
  }

  test("that lose a connection go on behind the last event", async (t) => {
    const x = new LocalReplica("x");
    const name = new Name(x);
    const other = new LocalReplica("x");
    name.follow(t);
    x.report(2);
    await name.begun(4);
    other.report(3);
    name.put("10.0.0.1", other);
    x.leave("broken");
    await name.receives("told x-3");
  });

  test("with two addresses are received once", async (t) => {
    const x = new LocalReplica("x");
    const name = new Name(x);
    name.put("::1", x);
    name.follow(t);
    await name.becomes(() => x.listeners === 2);
    x.report(3);
    await name.becomes((received) => received.at(-1) === "told x-3");
    name.listed.delete("::1");
    x.report(3);
    await name.becomes((received) => received.at(-1) === "told x-6");
    const reported = name.received.filter((text) => text.startsWith("told"));
    assert.deepEqual(
      reported,
      [1, 2, 3, 4, 5, 6].map((number) => `told x-${number}`),
    );
  });

  test("are waited for, and kept while their name is not known", async (t) => {
    const x = new LocalReplica("x");
    const name = new Name(x);
    name.known = false;
    name.follow(t);
    await sleep(500);
    name.known = true;
    await name.begun(2);
    name.known = false;
    await name.isLookedUp(t);
    x.report();
    await name.receives("told x-1");
  });
});

test("a literal address is its own, and a name has those that the system knows", async () => {
  assert.deepEqual(await addressesOf("10.0.0.7")(), ["10.0.0.7"]);
  assert.deepEqual(await addressesOf("[::1]")(), ["::1"]);
  assert.ok((await addressesOf("localhost")()).some((one) => ["127.0.0.1", "::1"].includes(one)));
});

test("one replica that is ready is enough", async () => {
  const addresses = async () => ["10.0.0.1", "10.0.0.2"];
  await anyOf(addresses, async (address) => {
    if (address === "10.0.0.1") throw new Error("not ready");
  });
  const none = anyOf(addresses, async (address) => {
    throw new Error(`${address} is not ready`);
  });
  await assert.rejects(none, { message: "10.0.0.1 is not ready" });
});

test("events that come twice are reported once, for each log that they are of", () => {
  const once = new OncePerEvent();
  const reported = ["a-1", "a-2", "a-1", "b-1", "a-2", "a-3", "b-1", "?"].map((id) =>
    once.isNew(id),
  );
  assert.deepEqual(reported, [true, true, false, true, false, true, false, true]);
  assert.deepEqual([once.knows("b"), once.knows("c")], [true, false]);
});
