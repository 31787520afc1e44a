import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from "@fastify/rate-limit";
import type { Rates } from "../../backplane/interface.ts";

/** `@fastify/rate-limit` makes its store itself: a class that counts by `rates`. */
export function storeOf(rates: Rates): FastifyRateLimitStoreCtor {
  return class Store implements FastifyRateLimitStore {
    incr(...[key, done, windowMs]: Parameters<FastifyRateLimitStore["incr"]>): void {
      rates.count(key, windowMs).then(
        ({ count, leftMs }) => done(null, { current: count, ttl: leftMs }),
        (error: Error) => done(error),
      );
    }

    /** One count for all routes. */
    child(): this {
      return this;
    }
  };
}
