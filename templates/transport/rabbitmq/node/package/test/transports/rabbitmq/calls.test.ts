import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../../src/transports/rabbitmq.ts";
import { sampleWiring } from "../../../testing/sample.ts";
import { closing, problemOf, serve } from "../../../testing/serve.ts";
import {
  type Answer,
  Refusal,
  SILENCE,
  skip,
  standIn,
} from "../../../testing/stand-ins/rabbitmq.ts";

const wiring = sampleWiring(connect);
const answer: Answer = ({ input }) => {
  const { word } = input as { word: string };
  return { word, length: word.length };
};

describe("calls over RabbitMQ", { skip }, () => {
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

  test("each get their own answer, at the gateway that asked", async (t) => {
    const service = closing(t, await standIn("SAMPLE", { read: answer }));
    const variables = { ...service.variables, SERVICE_CONCURRENCY: "500", RATE_LIMIT: "10000" };
    const gateways = [
      closing(t, await serve(wiring, variables)),
      closing(t, await serve(wiring, variables)),
    ];
    const words = Array.from({ length: 200 }, (_, index) => `word-${index}`);
    const answers = await Promise.all(
      gateways.flatMap((gateway) =>
        words.map(async (word) => (await gateway.post("/api/sample/read", { word })).json()),
      ),
    );
    const expected = words.map((word) => ({ word, length: word.length }));
    assert.deepEqual(answers, [...expected, ...expected]);
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
    await sleep(400);
    late = false;
    assert.equal((await gateway.post("/api/sample/read", { word: "fast" })).status, 200);
  });

  test("nobody takes leave the queue when their time is over", async (t) => {
    const service = closing(t, await standIn("SAMPLE", { write: answer }));
    const variables = { ...service.variables, CALL_TIMEOUT_MS: "300" };
    const gateway = closing(t, await serve(wiring, variables));
    await service.leave();
    assert.equal((await gateway.post("/api/sample/write", { word: "?" })).status, 504);
    await sleep(300);
    assert.equal(service.calls.length, 0);
  });

  test("say what the service says, and hide who was refused", async (t) => {
    const errors = [{ pointer: "/word", detail: "is too rude" }];
    const reported: Record<string, Refusal> = {
      rude: new Refusal({ code: "invalid_argument", detail: "no", errors }),
      busy: new Refusal({ code: "resource_exhausted", detail: "busy" }, { "retry-after": "7" }),
      token: new Refusal({ code: "unauthenticated", detail: "a valid token is required" }),
      broken: new Refusal("{not json"),
    };
    const write: Answer = ({ input }) => reported[(input as { word: string }).word] ?? null;
    const service = closing(t, await standIn("SAMPLE", { write }));
    const gateway = closing(t, await serve(wiring, service.variables));
    const ask = (word: string) => gateway.post("/api/sample/write", { word });

    const rude = await problemOf(await ask("rude"));
    assert.deepEqual([rude.code, rude.errors], ["invalid_argument", errors]);
    const busy = await ask("busy");
    assert.deepEqual([busy.status, busy.headers.get("retry-after")], [503, "7"]);
    for (const word of ["token", "broken"]) {
      const response = await ask(word);
      assert.equal(response.status, 500);
      assert.doesNotMatch((await problemOf(response)).detail, /token|JSON\.parse/);
    }
  });

  test("of which too many wait are refused with a time to come back", async (t) => {
    const service = closing(t, await standIn("SAMPLE", { read: () => SILENCE }));
    const variables = {
      ...service.variables,
      SERVICE_CONCURRENCY: "10",
      CALL_TIMEOUT_MS: "1500",
    };
    const gateway = closing(t, await serve(wiring, variables));
    const asked = Array.from({ length: 30 }, () => gateway.post("/api/sample/read", { word: "x" }));
    const responses = await Promise.all(asked);
    const refused = responses.filter(({ status }) => status === 503);
    assert.equal(refused.length, 20);
    assert.equal(refused[0]?.headers.get("retry-after"), "1");
  });
});
