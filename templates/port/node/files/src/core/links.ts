import type { Logger } from "pino";
import type { Environment } from "./environment.ts";
import type { ServiceContract, ServicePort } from "./ports.ts";

/** What a transport gets to open a link with. */
export interface LinkSettings {
  readonly service: ServiceContract;
  /** Its variables of this link begin with this, as in `VISION_URL`. */
  readonly prefix: string;
  readonly environment: Environment;
  /** Calls at once: a pool of connections need not be larger. */
  readonly concurrency: number;
  readonly log: Logger;
}

/**
 * What a transport module exports as `connect`. Reads its settings at once; connects when it is
 * first needed, for the environment has not been judged yet.
 */
export type Connect = (link: LinkSettings) => ServicePort;

/** One line of the wiring. */
export interface Link {
  readonly service: ServiceContract;
  readonly connect: Connect;
  readonly prefix: string;
}
