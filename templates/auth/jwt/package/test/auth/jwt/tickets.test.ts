// Tickets: what a browser shows where it can set no headers.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Tickets } from "../../../src/auth/jwt/tickets.ts";
import { identity } from "./authentication.ts";

const caller = {
  subject: "ann",
  scopes: ["orders:read"],
  claims: { email: "ann@example.com" },
  expires: Date.now() + 60_000,
};

const key = "a key of the system";
const tickets = (options: Partial<ConstructorParameters<typeof Tickets>[0]> = {}) =>
  new Tickets({ key, identity, rates: undefined, ...options });

suite("a ticket", () => {
  test("says who was given it", async () => {
    const here = tickets();
    const { ticket, expires } = await here.issue(caller);
    assert.ok(Date.parse(expires) > Date.now());
    assert.deepEqual(await here.redeem(ticket), caller);
  });

  test("shows nobody what it says", async () => {
    const { ticket } = await tickets().issue(caller);
    const parts = ticket
      .split(".")
      .map((part) => Buffer.from(part, "base64url").toString("latin1"));
    assert.ok(parts.every((part) => !part.includes("ann")));
  });

  test("is good once, at whichever replica", async () => {
    const counts = new Map<string, number>();
    const rates = {
      async count(name: string) {
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        return { count, leftMs: 1000 };
      },
    };
    const [one, other] = [tickets({ rates }), tickets({ rates })];
    const { ticket } = await one.issue(caller);
    assert.deepEqual(await other.redeem(ticket), caller);
    for (const replica of [one, other]) {
      await assert.rejects(replica.redeem(ticket), { message: "The ticket has been used" });
    }
  });

  test("is good once at a gateway without a backplane", async () => {
    const here = tickets();
    const { ticket } = await here.issue(caller);
    await here.redeem(ticket);
    await assert.rejects(here.redeem(ticket), { status: 401, message: "The ticket has been used" });
  });

  test("is good for half a minute", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const here = tickets();
    const { ticket } = await here.issue(caller);
    t.mock.timers.tick(31_000);
    await assert.rejects(here.redeem(ticket), { message: "The ticket has expired" });
  });

  test("of another gateway, of another key or of nobody is none", async () => {
    const { ticket } = await tickets().issue(caller);
    const others = [
      tickets({ key: "another" }),
      tickets({ identity: { system: "demo", name: "b" } }),
    ];
    for (const other of others) {
      await assert.rejects(other.redeem(ticket), { status: 401, message: "This is no ticket" });
    }
    await assert.rejects(tickets().redeem("x"), { status: 401, message: "This is no ticket" });
  });
});
