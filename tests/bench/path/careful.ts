/**
 * A gateway by hand as careful people write it: what comes in and goes out is checked against schemas, calls have a
 * timeout, end when the client leaves, are tried again and go through a breaker; metrics and a line of the log for each
 * request.
 */
import { randomUUID } from "node:crypto";
import fastify from "fastify";
import { destination } from "pino";
import { Counter, Histogram, register } from "prom-client";
import { Pool } from "undici";

const TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;
/** Failures one after another that open the breaker, and for how long. */
const FAILURES = 5;
const OPEN_MS = 2000;

const pool = new Pool(`http://${process.env.BENCH_SERVICE}`, { connections: 512 });
const nothing = { type: "object", properties: {}, additionalProperties: false };
const seconds = new Histogram({
  name: "http_request_duration_seconds",
  help: "Requests",
  labelNames: ["method", "route", "status"],
});
const retries = new Counter({ name: "retries_total", help: "Calls tried again" });
let failures = 0;
let openUntil = 0;

class Unavailable extends Error {
  readonly statusCode = 503;
}

async function call(input: unknown, signal: AbortSignal, key: string): Promise<unknown> {
  const body = JSON.stringify(input);
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    "idempotency-key": key,
  };
  for (let attempt = 1; ; attempt += 1) {
    if (Date.now() < openUntil) throw new Unavailable("the breaker is open");
    try {
      const answer = await pool.request({ method: "POST", path: "/ping", headers, body, signal });
      if (answer.statusCode !== 200) {
        await answer.body.dump();
        throw new Unavailable(`status ${answer.statusCode}`);
      }
      const value = await answer.body.json();
      failures = 0;
      return value;
    } catch (error) {
      if (signal.aborted) throw error;
      failures += 1;
      if (failures >= FAILURES) openUntil = Date.now() + OPEN_MS;
      if (attempt === ATTEMPTS) throw error;
      retries.inc();
    }
  }
}

const app = fastify({
  logger: { level: "info", stream: destination({ sync: false, minLength: 4096 }) },
  disableRequestLogging: true,
  bodyLimit: 1 << 20,
  requestTimeout: 30_000,
});

app.addHook("onResponse", (request, reply, done) => {
  const route = request.routeOptions.url ?? "";
  seconds.labels(request.method, route, String(reply.statusCode)).observe(reply.elapsedTime / 1000);
  const { method, url, id } = request;
  app.log.info({ method, url, id, status: reply.statusCode, ms: reply.elapsedTime }, "answered");
  done();
});

app.post(
  "/api/echo/ping",
  { schema: { body: nothing, response: { 200: nothing } } },
  async (request, reply) => {
    const left = new AbortController();
    reply.raw.once("close", () => {
      if (!reply.raw.writableFinished) left.abort();
    });
    const signal = AbortSignal.any([left.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const key = request.headers["idempotency-key"];
    return call(request.body, signal, typeof key === "string" ? key : randomUUID());
  },
);
app.get("/metrics", async (_request, reply) =>
  reply.type(register.contentType).send(await register.metrics()),
);

const [host = "", port] = (process.env.BENCH_GATEWAY ?? "").split(":");
await app.listen({ host, port: Number(port) });
console.error("ready");
