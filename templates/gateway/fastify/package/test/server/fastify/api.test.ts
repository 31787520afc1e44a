import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Job } from "../../../src/jobs/board.ts";
import { LocalService } from "../../../testing/local.ts";
import { sampleWiring } from "../../../testing/sample.ts";
import { closing, problemOf, serve } from "../../../testing/serve.ts";

const start = (service = new LocalService(), variables?: Record<string, string>) =>
  serve(
    sampleWiring(() => service),
    variables,
  );

describe("an operation", () => {
  test("answers with what the service says", async (t) => {
    const gateway = closing(t, await start());
    const response = await gateway.post("/api/sample/read", { word: "four" });
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
    assert.deepEqual(await response.json(), { word: "four", length: 4 });
  });

  test("points at the field that is wrong", async (t) => {
    const gateway = closing(t, await start());
    const response = await gateway.post("/api/sample/read", { word: 4 });
    assert.equal(response.status, 400);
    const { errors } = await problemOf(response);
    assert.deepEqual(errors, [{ pointer: "/word", detail: "must be string" }]);
  });

  test("refuses what is not JSON, too long, or of another type", async (t) => {
    const gateway = closing(t, await start(undefined, { BODY_LIMIT: "1024" }));
    const send = (body: string, type = "application/json") =>
      fetch(`${gateway.origin}/api/sample/read`, {
        method: "POST",
        headers: { "content-type": type },
        body,
      });
    const statuses = {
      400: await send("{"),
      413: await send(JSON.stringify({ word: "a".repeat(2000) })),
      415: await send("word=a", "application/x-www-form-urlencoded"),
    };
    for (const type of ["text/plain", "application/xml", "application/jsonl", ""]) {
      const { status } = await send('{"word": "a"}', type);
      assert.equal(status, 415, type);
    }
    for (const [status, response] of Object.entries(statuses)) {
      assert.equal(response.status, Number(status));
      assert.equal((await problemOf(response)).code, "invalid_argument");
    }
  });

  test("does not pollute prototypes", async (t) => {
    const gateway = closing(t, await start());
    const response = await fetch(`${gateway.origin}/api/sample/read`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"word": "a", "__proto__": {"admin": true}}',
    });
    assert.equal(response.status, 400);
  });

  test("can be posted only", async (t) => {
    const gateway = closing(t, await start());
    const response = await fetch(`${gateway.origin}/api/sample/read`);
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "POST");
    assert.equal((await problemOf(response)).status, 405);
  });

  test("that is internal does not exist", async (t) => {
    const gateway = closing(t, await start());
    for (const path of ["/api/sample/record", "/api/sample/nothing", "/nothing"]) {
      const response = await gateway.post(path, {});
      assert.equal((await problemOf(response)).code, "not_found");
    }
  });

  test("hides the cause of an internal problem", async (t) => {
    const service = new LocalService();
    service.answer = () => {
      throw new Error("password=hunter2");
    };
    const gateway = closing(t, await start(service));
    const response = await gateway.post("/api/sample/read", { word: "a" });
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /hunter2/);
  });

  test("refuses an idempotency key that is none", async (t) => {
    const gateway = closing(t, await start());
    const headers = { "idempotency-key": "a".repeat(201) };
    const response = await gateway.post("/api/sample/write", { word: "a" }, headers);
    assert.equal((await problemOf(response)).code, "invalid_argument");
  });
});

describe("respond-async", () => {
  test("is answered with a job, whose result comes later", async (t) => {
    const gateway = closing(t, await start());
    const headers = { prefer: "wait=1, respond-async;x=y" };
    const response = await gateway.post("/api/sample/read", { word: "four" }, headers);
    assert.equal(response.status, 202);
    assert.equal(response.headers.get("preference-applied"), "respond-async");
    const accepted = (await response.json()) as Job;
    const location = response.headers.get("location");
    assert.equal(location, `/api/jobs/${accepted.id}`);

    const read = async () => (await (await fetch(`${gateway.origin}${location}`)).json()) as Job;
    let job = await read();
    while (!job.finished) job = await read();
    assert.equal(job.status, "succeeded");
    assert.deepEqual(job.result, { word: "four", length: 4 });
  });

  test("refuses what a call would refuse", async (t) => {
    const gateway = closing(t, await start());
    const response = await gateway.post("/api/sample/read", {}, { prefer: "respond-async" });
    assert.equal(response.status, 400);
    assert.equal(response.headers.get("preference-applied"), null);
  });

  test("shows a job to nobody who cannot name it", async (t) => {
    const gateway = closing(t, await start());
    for (const path of ["/api/jobs/1", "/api/jobs/", "/api/jobs"]) {
      const response = await fetch(`${gateway.origin}${path}`);
      assert.equal((await problemOf(response)).code, "not_found");
    }
  });
});
