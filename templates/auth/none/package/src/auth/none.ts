import type { OpenAuthentication } from "./interface.ts";

/** Everyone may ask: the gateway is for a trusted network, or stands behind something that asks. */
export const openAuthentication: OpenAuthentication = () => ({
  authenticate: async () => undefined,
});
