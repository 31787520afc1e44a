/** A gateway by hand, without guarantees: Fastify and undici. */
import fastify from "fastify";
import { Pool } from "undici";

const pool = new Pool(`http://${process.env.BENCH_SERVICE}`, { connections: 512 });
const headers = { "content-type": "application/json" };
const app = fastify();

app.post("/api/echo/ping", async (request, reply) => {
  const body = JSON.stringify(request.body);
  const answer = await pool.request({ method: "POST", path: "/ping", headers, body });
  reply.code(answer.statusCode);
  return answer.body.json();
});

const [host = "", port] = (process.env.BENCH_GATEWAY ?? "").split(":");
await app.listen({ host, port: Number(port) });
console.error("ready");
