import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { suite, type TestContext, test } from "node:test";
import { pino } from "pino";
import { type DurableJobStore, StoredJobs } from "../../src/jobs/durable.ts";
import type { Wiring } from "../../src/server/gateway.ts";
import { Environment } from "../../src/server/settings.ts";
import type { Connect, LinkSettings, TransportClient } from "../../src/transports/client.ts";
import { sample } from "../sample.ts";
import { closing, eventually, problemOf, serve } from "../serve.ts";
import { type Answer, Forgery, type OpenStandIn, Refusal, SILENCE } from "../stand-ins/messages.ts";

/** A transport over a broker. */
export interface MessageTransport {
  /** A gateway in front of the sample service. */
  readonly wiring: Wiring;
  readonly standIn: OpenStandIn;
  /** Why there is no broker, if so. */
  readonly skip: string | false;
}

const answer: Answer = ({ input }) => {
  const { word } = input as { word: string };
  return { word, length: word.length };
};

/** What holds for calls over every broker. */
export function testMessageTransport({ wiring, standIn, skip }: MessageTransport): void {
  suite("calls", { skip }, () => {
    test("carry identity, deadline and idempotency key, and nothing of the client's", async (t) => {
      const service = closing(t, await standIn("SAMPLE", { read: answer }));
      // The service has not got the new token yet.
      const tokens = { SERVICE_TOKEN: "secret,development-only" };
      const variables = { ...service.variables, CALL_TIMEOUT_MS: "4000", ...tokens };
      const gateway = closing(t, await serve(wiring, variables));
      const before = Date.now();

      const response = await gateway.post(
        "/api/sample/read",
        { word: "hybrid" },
        { authorization: "Bearer client", "x-user-id": "7", "idempotency-key": "mine" },
      );

      assert.deepEqual(await response.json(), { word: "hybrid", length: 6 });
      const { headers } = service.calls[0] ?? assert.fail("the service was not asked");
      assert.equal(headers.authorization, undefined);
      assert.doesNotMatch(JSON.stringify(headers), /secret|development-only/);
      assert.match(headers.signature ?? "", /^[\w-]{43}$/);
      assert.equal(headers["x-user-id"], undefined);
      const deadline = Number(headers["request-deadline"]);
      assert.ok(deadline >= before + 4000 && deadline <= Date.now() + 4000, String(deadline));
      assert.match(headers["idempotency-key"] ?? "", /^[\w-]{43}$/);
    });

    test("each get their own answer, at the gateway that asked", async (t) => {
      const service = closing(t, await standIn("SAMPLE", { read: answer }));
      const much = { SERVICE_CONCURRENCY: "500", RATE_LIMIT: "10000", CALL_TIMEOUT_MS: "60000" };
      const variables = { ...service.variables, ...much };
      const gateways = [
        closing(t, await serve(wiring, variables)),
        closing(t, await serve(wiring, variables)),
      ];
      const words = Array.from({ length: 300 }, (_, index) => `word-${index}`);
      const answers = await Promise.all(
        gateways.flatMap((gateway) =>
          words.map(async (word) => (await gateway.post("/api/sample/read", { word })).json()),
        ),
      );
      const expected = words.map((word) => ({ word, length: word.length }));
      assert.deepEqual(answers, [...expected, ...expected]);
    });

    test("that are not answered in time are given up, and a late answer harms nobody", async (t) => {
      const late = Promise.withResolvers<void>();
      const read: Answer = async (call) => {
        await late.promise;
        return answer(call);
      };
      const service = closing(t, await standIn("SAMPLE", { read }));
      const variables = { ...service.variables, CALL_TIMEOUT_MS: "2000" };
      const gateway = closing(t, await serve(wiring, variables));

      const response = await gateway.post("/api/sample/read", { word: "slow" });
      assert.equal(response.status, 504);
      assert.equal((await problemOf(response)).code, "deadline_exceeded");

      late.resolve();
      const next = await gateway.post("/api/sample/read", { word: "next" });
      assert.deepEqual(await next.json(), { word: "next", length: 4 });
    });

    test("say what the service says, and hide who was refused", async (t) => {
      const errors = [{ pointer: "/word", detail: "is too rude" }];
      const reported: Record<string, Refusal> = {
        rude: new Refusal({ code: "invalid_argument", detail: "no", errors }),
        busy: new Refusal({ code: "resource_exhausted", detail: "busy" }, { "retry-after": "7" }),
        token: new Refusal({ code: "unauthenticated", detail: "a valid token is required, who?" }),
        broken: new Refusal("{not json"),
      };
      const write: Answer = ({ input }) => reported[(input as { word: string }).word] ?? SILENCE;
      const service = closing(t, await standIn("SAMPLE", { write }));
      const gateway = closing(t, await serve(wiring, service.variables));
      const ask = (word: string) => gateway.post("/api/sample/write", { word });

      const rude = await ask("rude");
      assert.equal(rude.status, 400);
      assert.partialDeepStrictEqual(await problemOf(rude), { code: "invalid_argument", errors });
      const busy = await ask("busy");
      assert.deepEqual([busy.status, busy.headers.get("retry-after")], [503, "7"]);
      for (const word of ["token", "broken"]) {
        const response = await ask(word);
        assert.equal(response.status, 500);
        assert.doesNotMatch((await problemOf(response)).detail, /token|who|JSON\.parse/);
      }
      assert.equal(service.calls.length, 4);
    });

    test("take no answer of somebody else", async (t) => {
      const service = closing(
        t,
        await standIn("SAMPLE", { read: () => new Forgery({ length: 9 }) }),
      );
      const gateway = closing(
        t,
        await serve(wiring, { ...service.variables, CALL_TIMEOUT_MS: "2000" }),
      );
      const response = await gateway.post("/api/sample/read", { word: "hybrid" });
      assert.equal((await problemOf(response)).code, "deadline_exceeded");
      assert.equal(service.calls.length, 1);
    });

    test("of which too many wait are refused with a time to come back", async (t) => {
      const release = Promise.withResolvers<void>();
      const read: Answer = async (call) => {
        await release.promise;
        return answer(call);
      };
      const service = closing(t, await standIn("SAMPLE", { read }));
      const variables = {
        ...service.variables,
        SERVICE_CONCURRENCY: "10",
        CALL_TIMEOUT_MS: "30000",
      };
      const gateway = closing(t, await serve(wiring, variables));
      const refused: Response[] = [];
      const asked = Array.from({ length: 30 }, async () => {
        const response = await gateway.post("/api/sample/read", { word: "x" });
        if (response.status === 503) refused.push(response);
        return response.status;
      });
      await eventually(t, () => assert.equal(refused.length, 20));
      release.resolve();
      const statuses = await Promise.all(asked);
      assert.equal(statuses.filter((status) => status === 200).length, 10);
      assert.equal(refused[0]?.headers.get("retry-after"), "1");
    });
  });

  suite("a job", { skip }, () => {
    test("is known to every gateway as soon as one has accepted it", async (t) => {
      const service = closing(t, await standIn("SAMPLE", {}));
      const [first, second] = [
        closing(t, await serve(wiring, service.variables)),
        closing(t, await serve(wiring, service.variables)),
      ];
      const start = async (gateway: typeof first, key: string) => {
        const headers = { prefer: "respond-async", "idempotency-key": key };
        const response = await gateway.post("/api/sample/write", { word: "job" }, headers);
        assert.equal(response.status, 202, await response.clone().text());
        return ((await response.json()) as { id: string }).id;
      };
      const find = (id: string) => fetch(`${second.origin}/api/jobs/${id}`);
      for (let number = 0; number < 20; number += 1) {
        assert.equal((await find(await start(first, `found-${number}`))).status, 200);
        const id = await start(first, `asked-again-${number}`);
        assert.equal(await start(second, `asked-again-${number}`), id);
      }
      assert.equal((await find(randomUUID())).status, 404);
    });
  });
}

/** The client of the sample, without a gateway around it; closed when the test is over. */
export function openClient(
  test: TestContext,
  connect: Connect,
  variables: Readonly<Record<string, string>>,
): TransportClient {
  const client = connect(sampleLink(variables));
  test.after(() => client.close());
  return client;
}

/** Aborts when the test is over, or takes too long. */
export function ending(test: TestContext): AbortSignal {
  const ended = new AbortController();
  test.after(() => ended.abort());
  return AbortSignal.any([ended.signal, AbortSignal.timeout(20_000)]);
}

/** Where the transport keeps the jobs of its service. */
export function storeOf({ jobs }: TransportClient): DurableJobStore {
  assert.ok(jobs instanceof StoredJobs);
  return jobs.store;
}

/** What a transport gets to open a link to the sample with, without a gateway around it. */
function sampleLink(variables: Readonly<Record<string, string>>): LinkSettings {
  return {
    identity: { system: "demo", name: "gateway" },
    service: sample,
    prefix: "SAMPLE",
    environment: new Environment({ APP_ENV: "test", ...variables }),
    concurrency: 100,
    log: pino({ level: "silent" }),
  };
}
