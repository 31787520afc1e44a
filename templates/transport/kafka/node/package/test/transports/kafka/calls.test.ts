import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../../src/transports/kafka.ts";
import { sampleWiring } from "../../../testing/sample.ts";
import { closing, problemOf, serve } from "../../../testing/serve.ts";
import { type Answer, Refusal, SILENCE, skip, standIn } from "../../../testing/stand-ins/kafka.ts";

const wiring = sampleWiring(connect);
const answer: Answer = ({ input }) => {
  const { word } = input as { word: string };
  return { word, length: word.length };
};

describe("calls over Kafka", { skip }, () => {
  test("carry identity, deadline and idempotency key, and nothing of the client's", async (t) => {
    const service = closing(t, await standIn("SAMPLE", { read: answer }));
    const variables = { ...service.variables, CALL_TIMEOUT_MS: "4000", SERVICE_TOKEN: "secret" };
    const gateway = closing(t, await serve(wiring, variables));
    const before = Date.now();

    const response = await gateway.post(
      "/api/sample/read",
      { word: "hybrid" },
      { authorization: "Bearer client", "x-user-id": "7", "idempotency-key": "mine" },
    );

    assert.deepEqual(await response.json(), { word: "hybrid", length: 6 });
    const { headers } = service.calls[0] ?? assert.fail("the service was not asked");
    assert.equal(headers.authorization, "Bearer secret");
    assert.equal(headers["x-user-id"], undefined);
    const deadline = Number(headers["request-deadline"]);
    assert.ok(deadline >= before + 4000 && deadline <= Date.now() + 4000, String(deadline));
    assert.match(headers["idempotency-key"] ?? "", /^[\w-]{43}$/);
  });

  test("that are many at once each get their own answer", async (t) => {
    const service = closing(t, await standIn("SAMPLE", { read: answer }));
    const variables = { ...service.variables, SERVICE_CONCURRENCY: "500" };
    const gateway = closing(t, await serve(wiring, variables));
    const words = Array.from({ length: 300 }, (_, index) => `word-${index}`);

    const answers = await Promise.all(
      words.map(async (word) => (await gateway.post("/api/sample/read", { word })).json()),
    );

    assert.deepEqual(
      answers,
      words.map((word) => ({ word, length: word.length })),
    );
  });

  test("each go to the gateway that asked", async (t) => {
    const service = closing(t, await standIn("SAMPLE", { read: answer }));
    const gateways = [
      closing(t, await serve(wiring, service.variables)),
      closing(t, await serve(wiring, service.variables)),
    ];
    const asked = gateways.map((gateway, index) =>
      gateway.post("/api/sample/read", { word: `from ${index}` }),
    );
    for (const [index, response] of (await Promise.all(asked)).entries()) {
      assert.partialDeepStrictEqual(await response.json(), { word: `from ${index}` });
    }
  });

  test("that are not answered in time are given up, and a late answer harms nobody", async (t) => {
    let late = true;
    const read: Answer = async (call) => {
      if (late) await sleep(600);
      return answer(call);
    };
    const service = closing(t, await standIn("SAMPLE", { read }));
    const variables = { ...service.variables, CALL_TIMEOUT_MS: "400" };
    const gateway = closing(t, await serve(wiring, variables));

    const response = await gateway.post("/api/sample/read", { word: "slow" });
    assert.equal(response.status, 504);
    assert.equal((await problemOf(response)).code, "deadline_exceeded");

    late = false;
    await sleep(400);
    const next = await gateway.post("/api/sample/read", { word: "next" });
    assert.deepEqual(await next.json(), { word: "next", length: 4 });
  });

  test("say why the service refuses", async (t) => {
    const errors = [{ pointer: "/word", detail: "is too rude" }];
    const problems: Record<string, Refusal> = {
      rude: new Refusal({ code: "invalid_argument", detail: "no", errors }),
      many: new Refusal({ code: "resource_exhausted", detail: "busy" }, { "retry-after": "3" }),
      token: new Refusal({ code: "unauthenticated", detail: "who?" }),
    };
    const write: Answer = ({ input }) => problems[(input as { word: string }).word] ?? SILENCE;
    const service = closing(t, await standIn("SAMPLE", { write }));
    const gateway = closing(t, await serve(wiring, service.variables));
    const ask = (word: string) => gateway.post("/api/sample/write", { word });

    const rude = await ask("rude");
    assert.equal(rude.status, 400);
    assert.deepEqual((await problemOf(rude)).errors, errors);
    const many = await ask("many");
    assert.equal(many.status, 503);
    assert.equal(many.headers.get("retry-after"), "3");
    const token = await ask("token");
    assert.equal(token.status, 500);
    assert.doesNotMatch((await problemOf(token)).detail, /who/);
    assert.equal(service.calls.length, 3);
  });
});

test("with no broker a call is refused within seconds, and may be sent again", async (t) => {
  const variables = { KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1", CALL_TIMEOUT_MS: "9000" };
  const gateway = closing(t, await serve(wiring, variables));
  const started = performance.now();
  const response = await gateway.post("/api/sample/write", { word: "?" });
  assert.equal(response.status, 503);
  assert.equal((await problemOf(response)).code, "unavailable");
  assert.ok(performance.now() - started < 9000);
  const ready = await fetch(`${gateway.origin}/readyz`);
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /Kafka does not answer/);
});
