/** GraphQL by hand: undici. */
import { Pool } from "undici";
import type { Ping } from "./worker.ts";

export function connect(): Ping {
  const pool = new Pool(`http://${process.env.BENCH_ADDRESS}`, { connections: 512 });
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ query: "mutation { ping }" });
  return async () => {
    const response = await pool.request({ method: "POST", path: "/graphql", headers, body });
    const { data, errors } = (await response.body.json()) as { data?: object; errors?: object[] };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
}
