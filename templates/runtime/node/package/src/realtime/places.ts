import { Problem } from "../calls/problem.ts";
import type { Config } from "../server/settings.ts";

const RETRY_AFTER_S = 5;

type PlaceLimits = Pick<Config["realtime"], "maxClients" | "maxPerClient">;

/** Bounds the connections that stay open. */
export class Places {
  readonly #limits: PlaceLimits;
  readonly #taken = new Map<string, number>();
  #all = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /**
   * Takes a place.
   *
   * @param client Who counts as one, as `clientOf` says it.
   * @returns Gives the place back; to be called once.
   * @throws Problem `resource_exhausted` when there is none, or the client has its share
   */
  take(client: string): () => void {
    const { maxClients, maxPerClient } = this.#limits;
    const own = this.#taken.get(client) ?? 0;
    if (own >= maxPerClient) {
      throw new Problem("resource_exhausted", `No more than ${maxPerClient} connections at once`, {
        status: 429,
        retryAfter: RETRY_AFTER_S,
      });
    }
    if (this.#all >= maxClients) {
      throw new Problem("resource_exhausted", "Too many clients are connected", {
        retryAfter: RETRY_AFTER_S,
      });
    }
    this.#all += 1;
    this.#taken.set(client, own + 1);
    return () => {
      this.#all -= 1;
      const left = (this.#taken.get(client) ?? 0) - 1;
      if (left > 0) this.#taken.set(client, left);
      else this.#taken.delete(client);
    };
  }
}
