/** A gateway by hand for answers in parts: Fastify and undici, which hand on what they read. */
import fastify from "fastify";
import { Pool } from "undici";

const pool = new Pool(`http://${process.env.BENCH_SERVICE}`, { connections: 2000, bodyTimeout: 0 });
const headers = { "content-type": "application/json" };
const app = fastify({ forceCloseConnections: true });

app.post("/api/echo/tell", async (request, reply) => {
  const body = JSON.stringify(request.body);
  const answer = await pool.request({ method: "POST", path: "/tell", headers, body });
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
  return reply.header("content-type", "text/event-stream").send(answer.body);
});

const [host = "", port] = (process.env.BENCH_GATEWAY ?? "").split(":");
await app.listen({ host, port: Number(port) });
console.log("ready");
