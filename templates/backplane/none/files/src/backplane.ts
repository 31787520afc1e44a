/** The gateway runs once, or its replicas share nothing. */
export { openLocalBackplane as openBackplane } from "./core/local-backplane.ts";
