/** REST by hand: undici. */
import { Pool } from "undici";
import type { Ping } from "./worker.ts";

export function connect(): Ping {
  const pool = new Pool(`http://${process.env.BENCH_ADDRESS}`, { connections: 512 });
  const headers = { "content-type": "application/json" };
  return async () => {
    const response = await pool.request({ method: "POST", path: "/ping", headers, body: "{}" });
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    return response.body.json();
  };
}
