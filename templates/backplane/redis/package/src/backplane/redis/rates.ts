import pTimeout from "p-timeout";
import { RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible";
import type { Rates } from "../interface.ts";
import type { RedisClient } from "./connection.ts";

/** Milliseconds that a request waits for its count at most. */
const ANSWER_MS = 250;
/** The windows are said with each count. */
const ANY = { points: 1, duration: 60 };

/**
 * Counts in Redis. While Redis is away each gateway counts for itself: nobody is turned away for
 * it, and nobody gets further than with as many gateways that know nothing of each other.
 */
export class RedisRates implements Rates {
  readonly #own = new RateLimiterMemory(ANY);
  readonly #shared: RateLimiterRedis;

  constructor(client: RedisClient, namespace: string) {
    this.#shared = new RateLimiterRedis({
      ...ANY,
      storeClient: client,
      useRedisPackage: true,
      rejectIfRedisNotReady: true,
      keyPrefix: `{${namespace}}:rate`,
    });
  }

  async count(key: string, windowMs: number): Promise<{ count: number; leftMs: number }> {
    const options = { customDuration: windowMs / 1000 };
    const { consumedPoints, msBeforeNext } = await pTimeout(this.#shared.penalty(key, 1, options), {
      milliseconds: ANSWER_MS,
    }).catch(() => this.#own.penalty(key, 1, options));
    return { count: consumedPoints, leftMs: msBeforeNext };
  }
}
