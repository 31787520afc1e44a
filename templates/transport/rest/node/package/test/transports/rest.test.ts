import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Agent } from "undici";
import { askWhole } from "../../src/transports/http/answer.ts";
import { Raw } from "../../testing/stand-ins/http.ts";
import { standIn, wiring } from "../../testing/stand-ins/rest.ts";
import { testDirectTransport } from "../../testing/transports/direct.ts";
import { testProcess } from "../../testing/transports/process.ts";

testDirectTransport({
  wiring,
  standIn,
  beginning: "0",
  answers: {
    "an error page of something in between is not": {
      answer: new Raw(502, "text/html", "<h1>Bad gateway</h1>"),
      status: 503,
      retryAfter: "1",
      shown: { code: "unavailable", detail: "sample answered with status 502" },
    },
    "an answer that is not JSON is the service's fault": {
      answer: new Raw(200, "application/json", "<html>"),
      status: 500,
      shown: { detail: "The answer of sample is not JSON" },
    },
  },
});

test("calls that are given up before they have a connection take none from others", async (t) => {
  let connections = 0;
  const gate = Promise.withResolvers<void>();
  const server = createServer(async (_request, response) => {
    await gate.promise;
    response.end("{}");
  });
  server.on("connection", () => {
    connections += 1;
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const agent = new Agent({ connections: 1 });
  t.after(async () => {
    await agent.close();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = (signal = new AbortController().signal) =>
    askWhole(agent, { origin, path: "/", method: "GET" }, signal);

  const first = ask();
  for (let number = 0; number < 20; number += 1) {
    const controller = new AbortController();
    const given = ask(controller.signal);
    controller.abort(new Error("given up"));
    await assert.rejects(given, /given up/);
  }
  gate.resolve();
  assert.equal((await first).text, "{}");
  assert.equal((await ask()).text, "{}");
  assert.equal(connections, 1);
});

testProcess(new URL("../../testing/stand-ins/rest.ts", import.meta.url), standIn);
