import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem } from "../../src/calls/problem.ts";
import { eventReader } from "../../src/transports/graphql/events.ts";
import { standIn, wiring } from "../../testing/stand-ins/graphql.ts";
import { Raw } from "../../testing/stand-ins/http.ts";
import { testDirectTransport } from "../../testing/transports/direct.ts";
import { testProcess } from "../../testing/transports/process.ts";

testDirectTransport({
  wiring,
  standIn,
  beginning: "0",
  answers: {
    "an error of GraphQL that is no problem is the service's": {
      answer: new Raw(
        200,
        "application/graphql-response+json",
        '{"data":null,"errors":[{"message":"Cannot return null"}]}',
      ),
      status: 500,
      shown: { code: "internal" },
    },
    "an error page of something in between is not shown": {
      answer: new Raw(502, "text/html", "<h1>Bad gateway</h1>"),
      status: 503,
      retryAfter: "1",
      shown: { code: "unavailable", detail: "sample answered with status 502" },
    },
    "a body that is too large for the service is the client's": {
      answer: Raw.problem(new Problem("invalid_argument", "too large", { status: 413 })),
      status: 400,
      shown: { code: "invalid_argument", detail: "too large" },
    },
    "an answer that is not JSON is the service's fault": {
      answer: new Raw(200, "application/graphql-response+json", "<html>"),
      status: 500,
      shown: { detail: "The answer of sample is not JSON" },
    },
  },
});

testProcess(new URL("../../testing/stand-ins/graphql.ts", import.meta.url), standIn);

test("an event that is deeper than its document is a gap, and the stream goes on", () => {
  const read = eventReader({
    operations: {},
    events: { document: "", types: { GrownEvent: { name: "grown", data: "GrownEvent" } } },
    records: { GrownEvent: { tree: { record: "Tree" } }, Tree: { below: { record: "Tree" } } },
  });
  const time = "2026-01-01T00:00:00Z";
  const reported = (tree: object) => ({
    event: "next",
    id: undefined,
    data: JSON.stringify({
      data: { events: { __typename: "GrownEvent", id: "e-1", time, GrownEvent: { tree } } },
    }),
  });
  const whole = { below: { below: null } };
  assert.deepEqual(read(reported(whole)), {
    id: "e-1",
    name: "grown",
    time,
    data: { tree: whole },
  });
  const cut = { below: { __typename: "Tree" } };
  assert.deepEqual(read(reported(cut)), { id: "e-1", name: "stream.gap", time, data: {} });
});
