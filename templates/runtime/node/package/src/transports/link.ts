import type { Logger } from "pino";
import type { ServiceContract } from "../contract.ts";
import type { Environment } from "../server/environment.ts";
import type { TransportClient } from "./client.ts";

/** Who a gateway is. */
export interface Identity {
  /** The system that it is part of: names on a broker begin with it. */
  readonly system: string;
  /** As in the blueprint. */
  readonly name: string;
}

/** What a transport gets to open a link with. */
export interface LinkSettings {
  readonly identity: Identity;
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
export type Connect = (link: LinkSettings) => TransportClient;

/** One line of the wiring. */
export interface Link {
  readonly service: ServiceContract;
  readonly connect: Connect;
  readonly prefix: string;
}
