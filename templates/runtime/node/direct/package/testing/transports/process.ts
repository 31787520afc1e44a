import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../../src/server/run.ts";
import { sample } from "../sample.ts";
import { closing, eventually, TESTING } from "../serve.ts";
import type { Answer, OpenStandIn } from "../stand-ins/direct.ts";

type Running = ChildProcessByStdio<null, Readable, Readable>;

// A URL: a path may have `#` and `%` in it.
const telemetry = new URL("../../src/observability/telemetry.ts", import.meta.url).href;
/** Milliseconds for one test. */
const PATIENCE_MS = 60_000;

/** @param standIns The module that exports `wiring`, a gateway in front of the sample service */
function launch(standIns: URL, variables: Readonly<Record<string, string>>): Running {
  return spawn(process.execPath, ["--import", telemetry, import.meta.filename, standIns.href], {
    env: { ...TESTING, LOG_LEVEL: "info", PATH: process.env.PATH, PORT: "0", ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Where it listens, from its log. */
async function address(gateway: Running): Promise<string> {
  for await (const line of createInterface(gateway.stdout)) {
    const { msg, address: origin } = JSON.parse(line);
    if (msg === "listening") return origin;
  }
  return assert.fail(`the gateway did not start: ${await text(gateway.stderr)}`);
}

/**
 * A gateway as a process of its own: how it starts, and how it ends.
 *
 * @param standIns The module that exports `wiring`, a gateway in front of the sample service
 */
export function testProcess(standIns: URL, standIn: OpenStandIn): void {
  suite("a process", { timeout: PATIENCE_MS }, () => {
    test("SIGTERM: requests in flight are answered, reports sent, kept connections closed", async (t) => {
      const gate = Promise.withResolvers<void>();
      const read: Answer = async () => {
        await gate.promise;
        return { word: "late", length: 4 };
      };
      const reported: string[] = [];
      const record: Answer = ({ input }) => {
        const { events } = input as { events: { name: string }[] };
        reported.push(...events.map(({ name }) => name));
        return { accepted: events.length };
      };
      const service = closing(t, await standIn("SAMPLE", { read, record }));
      const gateway = launch(standIns, service.variables);
      const origin = await address(gateway);
      const exited = once(gateway, "exit");
      const agent = new Agent({ keepAlive: true });

      const idle = request(`${origin}/livez`, { agent }).end();
      const [alive] = await once(idle, "response");
      assert.equal(await text(alive), '{"status":"ok"}');

      const asked = Array.from({ length: 20 }, () => post(origin, agent));
      while (service.calls.length < 20) await sleep(10);
      gateway.kill("SIGTERM");
      const asksIn = () => fetch(`${origin}/livez`);
      await eventually(t, () => assert.rejects(asksIn, "a stopping gateway accepts connections"));
      gate.resolve();
      const answered = performance.now();

      const statuses = await Promise.all(asked);
      assert.deepEqual(new Set(statuses), new Set([200]));
      assert.deepEqual(await exited, [0, null]);
      const ms = performance.now() - answered;
      assert.ok(ms < 3000, `the last answer was followed by ${ms} ms of waiting`);
      assert.equal(reported.filter((name) => name === "reading").length, 20);
      agent.destroy();
    });

    test("with an exporter configured spans leave, the last ones at the end", async (t) => {
      const exported: string[] = [];
      const collector = createServer(async (incoming, response) => {
        exported.push(await text(incoming));
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
      await once(collector.listen(0, "127.0.0.1"), "listening");
      const { port } = collector.address() as AddressInfo;
      const service = closing(
        t,
        await standIn("SAMPLE", { read: () => ({ word: "late", length: 4 }) }),
      );
      const gateway = launch(standIns, {
        ...service.variables,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      });
      const origin = await address(gateway);
      assert.equal(await post(origin, new Agent()), 200);

      gateway.kill("SIGTERM");
      assert.deepEqual(await once(gateway, "exit"), [0, null]);
      collector.close();
      const spans = exported.join();
      assert.match(spans, /"name":"POST \/api\/sample\/read"/);
      assert.match(spans, /"name":"read sample"/);
      const [traceparent] = service.calls.map(({ headers }) => headers.traceparent);
      assert.ok(spans.includes(String(traceparent).split("-")[1] ?? "no trace"));
    });

    test("a wrong environment stops it with every reason and no stack", async (t) => {
      const service = closing(t, await standIn("SAMPLE", {}));
      const [address = ""] = Object.keys(service.variables);
      const wrong = { APP_ENV: "production", [address]: "nowhere", RATE_LIMIT: "many" };
      const gateway = launch(standIns, wrong);
      const [errors, [code]] = await Promise.all([text(gateway.stderr), once(gateway, "exit")]);
      assert.equal(code, 1);
      for (const name of [address, "RATE_LIMIT", "SERVICE_TOKEN"]) {
        assert.match(errors, new RegExp(`^ {2}${name}: `, "m"));
      }
      assert.doesNotMatch(errors, /at .*\.ts/);
    });
  });
}

async function post(origin: string, agent: Agent): Promise<number> {
  const headers = { "content-type": "application/json" };
  const sent = request(`${origin}/api/sample/read`, { method: "POST", headers, agent });
  sent.end(JSON.stringify({ word: "late" }));
  const [response] = await once(sent, "response");
  response.resume();
  return response.statusCode;
}

// Started by `launch`: what `main.ts` is to the blueprint's services.
if (import.meta.main) {
  const { wiring } = await import(process.argv[2] ?? "");
  await run({ ...wiring, observers: [sample.operations.record] });
}
