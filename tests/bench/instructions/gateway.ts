/**
 * A generated gateway, and one by hand, in one process for callgrind to count: see ../instructions.ts.
 *
 * Usage: node gateway.ts PROJECT GATEWAY UPSTREAM
 *
 * Both pass `POST /api/bench/ping` on to UPSTREAM. Says on standard error where they listen; `GET /mark` at the one
 * by hand is where callgrind stops.
 */
import { createRequire } from "node:module";
import { getPriority } from "node:os";
import { join } from "node:path";

const [project = "", name = "", upstream = ""] = process.argv.slice(2);
const runtime = join(project, "packages/gateway-runtime");
const require = createRequire(join(runtime, "package.json"));

async function byHand(): Promise<string> {
  const { Pool } = require("undici");
  const pool = new Pool(upstream, { connections: 100 });
  const headers = { "content-type": "application/json" };
  const app = require("fastify")();
  app.post(
    "/api/bench/ping",
    async (request: { body: unknown }, reply: { code(status: number): void }) => {
      const body = JSON.stringify(request.body);
      const response = await pool.request({ method: "POST", path: "/ping", headers, body });
      reply.code(response.statusCode);
      return response.body.json();
    },
  );
  // A function of the C library that nothing else calls.
  app.get("/mark", async () => getPriority());
  return app.listen({ port: 0, host: "127.0.0.1" });
}

/** What the gateway of the project is linked with, in front of a service with one operation. */
async function generated(): Promise<string> {
  const { wiring } = await import(join(project, "services", name, "src/wiring.ts"));
  const { createGateway } = await import(join(runtime, "src/server/gateway.ts"));
  const [{ connect }] = wiring.links;
  const operation = { service: "bench", name: "ping", safe: false, internal: false };
  const ping = { ...operation, input: "Nothing", output: "Nothing" };
  const service = { name: "bench", operations: { ping }, events: [] };
  const { components, ...openapi } = wiring.openapi;
  const nothing = { type: "object", properties: {}, additionalProperties: false };
  const schemas = { ...components.schemas, Nothing: nothing };
  const settings = { BENCH_URL: upstream, PORT: "0", LOG_FORMAT: "json", RATE_LIMIT: "1000000" };
  const gateway = createGateway(
    { ...process.env, ...settings, EVENT_LOOP_DELAY_MS: "0" },
    {
      ...wiring,
      ...{ links: [{ service, connect, prefix: "BENCH" }], observers: [] },
      openapi: { ...openapi, components: { ...components, schemas } },
    },
  );
  return (await wiring.server(gateway)).listen();
}

// As the gateway is started: before everything else.
await import(join(runtime, "src/observability/telemetry.ts"));
const addresses = [await byHand(), await generated()];
process.stderr.write(`ready ${addresses.join(" ")}\n`);
