/** What goes wrong at a broker, or with what lies on it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Bridge } from "../support/bridge.ts";
import { Broker } from "../support/brokers.ts";
import { answerOf } from "../support/client.ts";
import { type Letter, letters, put } from "../support/letters.ts";
import { type Transport, transports } from "../support/transports.ts";
import { RECOVERY_MS, until } from "../support/until.ts";

/** How often a job is tried. */
const TRIES = 3;
/** Long enough for what ends over and over to have ended. */
const AWAY_MS = 5000;
const DEAD = "bridge.echo.dead";

async function deadLetter(
  transport: Transport,
  broker: Broker,
  fits: (letter: Letter) => boolean,
): Promise<Letter> {
  const look = () => letters(transport, broker, DEAD);
  const all = await until(`the letter in ${DEAD}`, look, (all) => all.some(fits), { every: 500 });
  return all.find(fits) ?? assert.fail();
}

for (const transport of transports) {
  const { broker: kind } = transport;
  if (!kind) continue;

  test(`${kind} is not there yet`, async (context) => {
    const broker = await Broker[kind]();
    const bridge = await Bridge.of(context, transport, { broker });
    const { system } = bridge;
    for (const name of ["gateway", "echo"]) system.start(name);
    for (const name of ["gateway", "echo"]) await system.answers(name, "/livez");
    await pause(AWAY_MS);
    for (const name of ["gateway", "echo"]) {
      const { hasEnded, output } = system.process(name);
      assert.equal(hasEnded, false, output);
      const readiness = await fetch(`${system.url(name)}/readyz`);
      assert.equal(readiness.status, 503, await readiness.text());
      await system.process(name).says(new RegExp(kind, "i"), RECOVERY_MS);
      // It tells of it, and goes on trying, without filling the disk.
      assert.ok(output.split("\n").length < 200, output);
    }
    await broker.start();
    await system.prepare();
    await bridge.ready();
    await answerOf(await bridge.work({ name: "at-last" }));
    assert.equal(
      (await bridge.finished((await bridge.startJob({ name: "job" })).id)).status,
      "succeeded",
    );
  });

  test(`poison over ${transport.name}`, async (context) => {
    const bridge = await Bridge.start(context, transport);
    const broker = bridge.broker ?? assert.fail("there is no broker");
    const neighbours = async (prefix: string) => {
      const names = Array.from({ length: 5 }, (_, index) => `${prefix}-${index}`);
      const jobs = await Promise.all(names.map((name) => bridge.startJob({ name })));
      for (const { id } of jobs) assert.equal((await bridge.finished(id)).status, "succeeded");
      for (const name of names) assert.equal(bridge.count("done", name), 1);
    };

    for (const fails of ["crash", "unavailable"]) {
      await context.test(`a job that fails with ${fails} is tried ${TRIES} times`, async () => {
        const name = `poison-${fails}`;
        const { id } = await bridge.startJob({ name, fails });
        await neighbours(`beside-${fails}`);
        const { status, problem } = await bridge.finished(id, 2 * RECOVERY_MS);
        const code = fails === "crash" ? "internal" : fails;
        assert.deepEqual([status, problem?.code], ["failed", code]);
        assert.equal(bridge.count("begun", name), TRIES);
        const letter = await deadLetter(transport, broker, ({ body }) => body.includes(name));
        assert.equal(letter.headers["dead-tries"], String(TRIES));
        assert.match(letter.headers["dead-error"] ?? "", new RegExp(code));
        assert.match(letter.headers["dead-origin"] ?? "", /bridge\.echo\.orders/);
      });
    }

    await context.test("a job that the client got wrong is not tried again", async () => {
      const { id } = await bridge.startJob({ name: "wrong", fails: "not_found" });
      assert.equal((await bridge.finished(id)).status, "failed");
      assert.equal(bridge.count("begun", "wrong"), 1);
    });

    for (const what of ["requests", "orders"]) {
      await context.test(`what cannot be read among the ${what} is put aside`, async () => {
        const garbage = `{ no JSON ${what}`;
        await put(transport, broker, `bridge.echo.${what}`, garbage);
        await answerOf(await bridge.work({ name: `behind-${what}` }));
        await neighbours(`behind-${what}`);
        const letter = await deadLetter(transport, broker, ({ body }) => body.endsWith(what));
        assert.match(letter.headers["dead-origin"] ?? "", new RegExp(`bridge\\.echo\\.${what}`));
        assert.ok(letter.headers["dead-error"]);
      });
    }
  });
}
