/** The gateway runs once, or its replicas share nothing. */
export { openLocalBackplane as openBackplane } from "./interface.ts";
