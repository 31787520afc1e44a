/** REST by hand: undici, which hands on what it reads. */
import { pipeline } from "node:stream/promises";
import { Pool } from "undici";
import { begin, type Tell } from "./events.ts";

export function connect(): Tell {
  const pool = new Pool(`http://${process.env.BENCH_SERVICE}`, {
    connections: 2000,
    bodyTimeout: 0,
  });
  const headers = { "content-type": "application/json" };
  return async (question, response) => {
    const body = JSON.stringify(question);
    const answer = await pool.request({ method: "POST", path: "/tell", headers, body });
    begin(response);
    // A client that leaves ends the request, too.
    await pipeline(answer.body, response).catch(() => {});
  };
}
