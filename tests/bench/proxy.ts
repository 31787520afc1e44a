/**
 * The yardstick: the least that one would write by hand to pass a call on to a service.
 *
 * Usage: PORT=... UPSTREAM=http://127.0.0.1:... node proxy.ts
 */
import Fastify from "fastify";
import { Pool } from "undici";

const {
  PORT = "4000",
  UPSTREAM = "http://127.0.0.1:8001",
  SERVICE_TOKEN = "development-only",
} = process.env;
const pool = new Pool(UPSTREAM, { connections: 100 });
const headers = { "content-type": "application/json", authorization: `Bearer ${SERVICE_TOKEN}` };
const app = Fastify();

app.post("/api/vision/predict", async (request, reply) => {
  const body = JSON.stringify(request.body);
  const response = await pool.request({
    method: "POST",
    path: "/operations/predict",
    headers,
    body,
  });
  reply.code(response.statusCode);
  return response.body.json();
});

await app.listen({ port: Number(PORT), host: "127.0.0.1" });
