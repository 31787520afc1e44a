import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Broker, OTHER_HOST } from "../support/brokers.ts";
import { identity } from "../support/certificates.ts";
import { type Said, said } from "../support/client.ts";
import { freshFolder, repository, work } from "../support/places.ts";
import { generateFrom, Project } from "../support/project.ts";
import { System } from "../support/system.ts";
import { grows, until } from "../support/until.ts";

const REPLICAS = ["trends", "trends-2"];
const RECOVERY_MS = 60_000;
const PATIENT = { within: RECOVERY_MS };
/** What is accepted before the store goes, and in the end. */
const STEADY = 200;
/** Long enough for a lease to have been renewed. */
const RENEWED_MS = 1500;
const WRITERS = 4;
const BATCH = 5;
const REPETITIONS = 50;
/** Beyond what the tests wait for: work that never ends. */
const ENDLESS_S = 600;
const LEASE_S = 3;

/** Made once for the tests of this file. */
let project: Promise<Project> | undefined;

/** A system whose service keeps what it keeps in PostgreSQL, installed. */
async function stored(): Promise<Project> {
  const folder = join(work, "stored");
  if (!existsSync(folder)) {
    mkdirSync(work, { recursive: true });
    const outcome = await generateFrom(join(repository, "tests/system/stored.yaml"), folder);
    assert.equal(outcome.code, 0, outcome.output);
  }
  const made = new Project(folder);
  const handler = join(repository, "tests/system/handlers/restock.py");
  made.put("services/trends/src/trends/handlers/restock.py", readFileSync(handler, "utf8"));
  await made.make("prepare");
  return made;
}

async function ask(system: System, replica: string, operation: string, input: unknown, key = "") {
  return await fetch(`${system.url(replica)}/operations/${operation}`, {
    method: "POST",
    headers: {
      authorization: "Bearer development-only",
      "content-type": "application/json",
      ...(key && { "idempotency-key": key }),
    },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(RECOVERY_MS),
  });
}

/** Records batches until it is stopped, at one replica and then the other. What is not accepted is sent
 * again under its key, as gateways do. */
class Writing {
  accepted = 0;
  refused = 0;
  #isOver = false;
  readonly #done: Promise<unknown>;
  readonly #system: System;

  constructor(system: System) {
    this.#system = system;
    this.#done = Promise.all(Array.from({ length: WRITERS }, (_, writer) => this.#write(writer)));
  }

  /** Waits until so many more are accepted or refused. */
  async shows(what: "accepted" | "refused", more: number): Promise<void> {
    await grows(what, () => this[what], more, PATIENT);
  }

  /** Resolves when all that was begun is accepted. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #write(writer: number): Promise<void> {
    for (let batch = 0; !this.#isOver; batch += 1) {
      const time = new Date().toISOString();
      const events = Array.from({ length: BATCH }, () => ({ name: "sale", time, value: 1 }));
      for (let attempt = batch; ; attempt += 1) {
        const replica = REPLICAS[attempt % REPLICAS.length] ?? "";
        const key = `${writer}-${batch}`;
        const answer = await ask(this.#system, replica, "record", { events }, key);
        const text = await answer.text();
        if (answer.ok) break;
        assert.equal(answer.status, 503, text);
        this.refused += 1;
        await pause(100);
      }
      this.accepted += BATCH;
    }
  }
}

/** Waits until `/readyz` of each replica has a status. */
async function becomes(system: System, status: number): Promise<void> {
  const look = () => Promise.all(REPLICAS.map((name) => said(fetch(`${system.url(name)}/readyz`))));
  const isSo = (all: readonly Said[]) => all.every((one) => one.status === status);
  await until(`both say ${status}`, look, isSo, PATIENT);
}

async function counted(system: System, replica: string): Promise<number> {
  const answer = await ask(system, replica, "summary", { window_seconds: 3600 });
  const { names } = (await answer.json()) as { names: { count: number }[] };
  return names[0]?.count ?? 0;
}

async function start(
  context: TestContext,
  env: Readonly<Record<string, string>> = {},
): Promise<[System, Broker]> {
  project ??= stored();
  const installed = await project;
  const server = await (await Broker.postgres()).start();
  context.after(() => server.end());
  const system = await System.start(context, installed, {
    only: REPLICAS,
    env: { POSTGRES_URL: server.address, ...env },
    replicas: { "trends-2": "trends" },
  });
  return [system, server];
}

test("a store that is killed under load: nothing that was accepted is lost or counted twice", async (context) => {
  const [system, server] = await start(context);
  const writing = new Writing(system);
  context.after(() => writing.stop());
  for (const way of ["kill", "stop"] as const) {
    await context.test(way, async (step) => {
      await writing.shows("accepted", STEADY);
      await server[way]();
      await Promise.all([becomes(system, 503), writing.shows("refused", 1)]);
      const livez = await Promise.all(REPLICAS.map((name) => fetch(`${system.url(name)}/livez`)));
      assert.ok(livez.every(({ ok }) => ok));
      await server.start();
      const begun = performance.now();
      await becomes(system, 200);
      await writing.shows("accepted", 1);
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      step.diagnostic(`ready and writing ${seconds} s after the start`);
    });
  }
  await writing.shows("accepted", STEADY);
  await writing.stop();
  context.diagnostic(`${writing.accepted} accepted, ${writing.refused} batches refused meanwhile`);
  for (const replica of REPLICAS) assert.equal(await counted(system, replica), writing.accepted);
});

test("a service that starts before its store is ready when the store is", async (context) => {
  const [system, server] = await start(context);
  await server.stop();
  system.process("trends").signal("SIGTERM");
  await system.process("trends").ended;
  system.start("trends");
  await system.answers("trends", "/livez");
  assert.equal((await fetch(`${system.url("trends")}/readyz`)).status, 503);
  await server.start();
  await system.answers("trends", "/readyz");
});

test("a request that comes again runs once, at whichever replica", async (context) => {
  const journal = join(freshFolder("journal"), "journal");
  writeFileSync(journal, "");
  const [system] = await start(context, {
    JOURNAL: journal,
    IDEMPOTENCY_KEYS: "store",
    IDEMPOTENCY_LEASE_SECONDS: `${LEASE_S}`,
    CALL_TIMEOUT_MS: `${RECOVERY_MS}`,
  });
  /** What was done of one thing, and by which process. */
  const done = (name: string) =>
    readFileSync(journal, "utf8")
      .split("\n")
      .filter((line) => line.startsWith(`${name} `))
      .map((line) => line.split(" ").slice(1));
  const restock = async (replica: string, name: string, seconds = 0) => {
    const answer = await ask(system, replica, "restock", { name, seconds }, name);
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return `${(JSON.parse(text) as { process: number }).process}`;
  };

  await context.test(`${REPETITIONS} times at both at once`, async (step) => {
    const begun = performance.now();
    for (let number = 0; number < REPETITIONS; number += 1) {
      const name = `thing-${number}`;
      const [one, other] = await Promise.all(REPLICAS.map((replica) => restock(replica, name)));
      assert.equal(one, other);
      assert.deepEqual(done(name), [
        ["begun", one],
        ["done", one],
      ]);
    }
    step.diagnostic(`${Math.round((performance.now() - begun) / REPETITIONS)} ms for each two`);
  });

  await context.test("work that outlasts its lease is nobody else's", async () => {
    const name = "slow";
    const [one, other] = await Promise.all(
      REPLICAS.map((replica) => restock(replica, name, LEASE_S * 1.5)),
    );
    assert.equal(one, other);
    assert.equal(done(name).length, 2);
  });

  await context.test("the other one goes on when who runs is killed", async (step) => {
    const [dying = "", living = ""] = REPLICAS;
    const name = "endless";
    // Its answer never comes.
    void restock(dying, name, ENDLESS_S).catch(() => undefined);
    const runs = () => done(name);
    await until("the first one begins", runs, ({ length }) => length === 1, PATIENT);
    const next = ask(system, living, "restock", { name, seconds: ENDLESS_S }, name);
    void next.catch(() => undefined);
    await pause(RENEWED_MS);
    system.process(dying).killAll();
    const killed = performance.now();
    await until("the next one begins", runs, ({ length }) => length === 2, PATIENT);
    const seconds = (performance.now() - killed) / 1000;
    step.diagnostic(`the next one began ${seconds.toFixed(1)} s after the first one was killed`);
    const [[, first], [, second]] = done(name) as [string[], string[]];
    assert.notEqual(first, second);
    // The lease was renewed in each third of it.
    assert.ok(seconds > LEASE_S / 2, `after ${seconds} s`);
  });
});

test("a store that takes clients over TLS only, whose certificate is checked", async (context) => {
  project ??= stored();
  const [own, another] = await Promise.all([identity("store"), identity("another")]);
  const server = await (await Broker.postgres(own)).start();
  context.after(() => server.end());
  const env = { POSTGRES_TLS: "verify-full", TLS_CA_FILE: own.ca };
  const system = await System.start(context, await project, {
    only: ["trends"],
    env: { POSTGRES_URL: server.address, ...env },
  });
  const time = new Date().toISOString();
  const sale = { events: [{ name: "sale", time, value: 1 }] };
  assert.equal((await ask(system, "trends", "record", sale)).status, 200);
  assert.equal(await counted(system, "trends"), 1);
  const elsewhere = server.address.replace("127.0.0.1", OTHER_HOST);
  const wrong = {
    "no TLS": { POSTGRES_TLS: "off" },
    "a certificate of an authority that is not trusted": { TLS_CA_FILE: another.ca },
    "a certificate of another name": { POSTGRES_URL: elsewhere },
  };
  for (const [what, variables] of Object.entries(wrong)) {
    await context.test(`${what} is no store`, async () => {
      assert.equal((await system.terminate("trends")).code, 0);
      system.start("trends", variables);
      await system.answers("trends", "/livez");
      const ready = await fetch(`${system.url("trends")}/readyz`);
      assert.equal(ready.status, 503, await ready.text());
    });
  }
  assert.equal((await system.terminate("trends")).code, 0);
  system.start("trends", { POSTGRES_URL: elsewhere, POSTGRES_TLS: "verify-ca" });
  await system.answers("trends", "/readyz");
});
