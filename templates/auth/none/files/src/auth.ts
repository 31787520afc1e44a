import type { Environment } from "./core/environment.ts";
import type { Authenticate } from "./core/raw.ts";

/** Everyone may ask: the gateway is for a trusted network, or stands behind something that asks. */
export function authenticate(_environment: Environment): Authenticate {
  return async () => ({ subject: "anonymous" });
}
