// The keys of the provider: fetched, kept, rotated, and used for a while where it does not answer.
import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { eventually } from "../../../testing/serve.ts";
import { open, showing } from "./authentication.ts";
import { RealProvider } from "./provider.ts";

const REFRESH_MS = 60_000;
const KEEP_MS = 600_000;
const AWAY = { code: "unavailable", status: 503, retryAfter: 1 };

async function begin(t: TestContext) {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const provider = await RealProvider.start(t);
  const { authenticate, health } = open({
    AUTH_ISSUER: provider.issuer,
    AUTH_KEYS_REFRESH_MS: String(REFRESH_MS),
    AUTH_KEYS_KEEP_MS: String(KEEP_MS),
  });
  const ask = async () => (await authenticate(showing(await provider.sign())))?.subject;
  const later = (milliseconds: number) => t.mock.timers.tick(milliseconds);
  assert.ok(health);
  return { provider, ask, later, health: () => health(AbortSignal.timeout(5000)) };
}

suite("the keys of the provider", () => {
  test("are fetched once for many tokens", async (t) => {
    const { provider, ask } = await begin(t);
    await Promise.all(Array.from({ length: 20 }, ask));
    await ask();
    assert.equal(provider.asked, 1);
  });

  test("are fetched again for a key that is new, and not for each that nobody knows", async (t) => {
    const { provider, ask, later } = await begin(t);
    await ask();
    await provider.addKey("second");
    await provider.restart();
    later(REFRESH_MS / 2);
    assert.equal(await ask(), "ann");
    assert.equal(provider.asked, 2);
    await provider.addKey("never published");
    for (let time = 0; time < 5; time += 1) await assert.rejects(ask(), { status: 401 });
    assert.equal(provider.asked, 2);
  });

  test("are fetched again in the background when they are old; one that is gone holds no more", async (t) => {
    const { provider, ask, later } = await begin(t);
    await ask();
    const old = provider.keys.splice(0);
    await provider.addKey("second");
    await provider.restart();
    provider.keys.unshift(...old);
    later(REFRESH_MS);
    assert.equal(await ask(), "ann");
    await eventually(t, () => assert.rejects(ask(), { status: 401 }));
  });

  test("hold for a while when it goes away, and then nobody can be told", async (t) => {
    const { provider, ask, later, health } = await begin(t);
    await ask();
    await provider.stop();
    later(KEEP_MS - 1000);
    assert.equal(await ask(), "ann");
    later(2000);
    await assert.rejects(ask(), AWAY);
    await assert.rejects(health(), { message: /cannot be found out/ });
    await provider.start();
    later(2000);
    assert.equal(await ask(), "ann");
    await health();
  });

  test("are waited for with 503 when it is away at the start", async (t) => {
    const { provider, ask, later } = await begin(t);
    await provider.stop();
    await assert.rejects(ask(), AWAY);
    await provider.start();
    later(2000);
    assert.equal(await ask(), "ann");
  });

  test("are not asked for by each request while it is away", async (t) => {
    const { provider, ask, later } = await begin(t);
    await provider.stop();
    await assert.rejects(ask(), AWAY);
    await provider.start();
    await assert.rejects(ask(), AWAY);
    assert.equal(provider.asked, 0);
    later(2000);
    assert.equal(await ask(), "ann");
  });
});
