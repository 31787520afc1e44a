import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWKSCacheInput,
  type JWTVerifyGetKey,
  jwksCache,
} from "jose";
import { allowInsecureRequests, discoveryRequest, processDiscoveryResponse } from "oauth4webapi";
import type { Logger } from "pino";
import { Problem } from "../../calls/problem.ts";

/** Milliseconds for discovery and keys together. */
const ANSWER_MS = 3000;
/** Milliseconds for which a provider that did not answer is left alone. */
const PAUSE_MS = 1000;
/** Milliseconds between two questions for a key that is not among those that are known. */
const COOLDOWN_MS = 10_000;

export interface ProviderOptions {
  /** `http` only where nobody can come between. */
  readonly issuer: URL;
  /** Age of the keys at which they are asked for again. */
  readonly refreshMs: number;
  /** Age up to which they hold while the provider does not answer. */
  readonly keepMs: number;
  readonly log: Logger;
}

/** The issuer of tokens: what it says of itself (OpenID Connect Discovery 1.0), and its keys. */
export class Provider {
  readonly #options: ProviderOptions;
  readonly #cache: JWKSCacheInput = {};
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  #issuer: string;
  #failure: { readonly at: number; readonly problem: Problem } | undefined;

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.#issuer = options.issuer.href;
    this.#keys = createRemoteJWKSet(options.issuer, {
      // How old keys may be is decided in `ready`.
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: COOLDOWN_MS,
      timeoutDuration: ANSWER_MS,
      [jwksCache]: this.#cache,
      [customFetch]: (_url, init) => this.#fetch(init),
    });
  }

  /** As its tokens name it, once there are keys. */
  get issuer(): string {
    return this.#issuer;
  }

  /** Resolves when there are keys that hold. @throws Problem `unavailable` */
  async ready(): Promise<void> {
    const age = Date.now() - (this.#cache.uat ?? 0);
    if (age < this.#options.refreshMs) return;
    const reloaded = this.#ask(() => this.#keys.reload());
    if (age >= this.#options.keepMs) return reloaded;
    // Those that are known hold meanwhile.
    reloaded.catch(() => {});
  }

  /** The key that a token names. One that is not known may be new. @throws Problem `unavailable` */
  readonly key: JWTVerifyGetKey = async (header, token) => {
    if (header.kid === undefined) throw new errors.JWKSNoMatchingKey();
    await this.ready();
    return this.#ask(() => this.#keys(header, token));
  };

  /** Discovery first, each time: a provider may move its keys. */
  async #fetch(init: RequestInit): Promise<Response> {
    const { issuer } = this.#options;
    const { at = 0, problem } = this.#failure ?? {};
    if (problem && Date.now() - at < PAUSE_MS) throw problem;
    const isInsecure = issuer.protocol === "http:";
    const { signal } = init;
    const discovered = await processDiscoveryResponse(
      issuer,
      await discoveryRequest(issuer, {
        [allowInsecureRequests]: isInsecure,
        ...(signal && { signal }),
      }),
    );
    const keys = URL.parse(discovered.jwks_uri ?? "");
    if (keys?.protocol !== "https:" && !isInsecure) {
      throw new TypeError("the address of the keys is not one of https");
    }
    this.#issuer = discovered.issuer;
    const response = await fetch(discovered.jwks_uri ?? "", init);
    this.#failure = undefined;
    return response;
  }

  /** Whatever goes wrong is the provider's fault, except that it has no such key. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      if (error instanceof Problem || isOfToken(error)) throw error;
      throw this.#failed(error);
    }
  }

  #failed(cause: unknown): Problem {
    const { issuer, log } = this.#options;
    // Once, however often it is asked again.
    if (!this.#failure) log.warn({ err: cause, issuer: issuer.href }, "no keys of the issuer");
    const problem = new Problem("unavailable", "Who is asking cannot be found out at the moment", {
      retryAfter: Math.ceil(PAUSE_MS / 1000),
      cause,
    });
    this.#failure = { at: Date.now(), problem };
    return problem;
  }
}

function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
