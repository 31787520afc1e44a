/** A gateway by hand for answers in parts: Fastify before the transport that is named, `./<transport>.ts`. */
import fastify from "fastify";
import type { Question, Tell } from "./events.ts";

const [transport] = process.argv.slice(2);
const { connect } = (await import(`./${transport}.ts`)) as { connect(): Tell | Promise<Tell> };
const tell = await connect();
const app = fastify({ forceCloseConnections: true });

app.post<{ Body: Question }>("/api/echo/tell", (request, reply) => {
  reply.hijack();
  tell(request.body, reply.raw);
});

const [host = "", port] = (process.env.BENCH_GATEWAY ?? "").split(":");
await app.listen({ host, port: Number(port) });
console.log("ready");
