import { EnvError, makeExactValidator, str } from "envalid";
import { type Environment, whole } from "../../server/settings.ts";
import type { Identity } from "../../transports/client.ts";

export interface RedisSettings {
  /** Where Redis is, and who logs in. */
  readonly url: URL;
  /** What all keys of this gateway and its replicas begin with. */
  readonly namespace: string;
  /** Milliseconds without a sign of life after which a gateway counts as gone. */
  readonly leaseMs: number;
}

const LOCAL = "redis://127.0.0.1:6379";
const LEASE_MS = 10_000;

/** Reads the variables of Redis; what does not fit is remembered by the environment. */
export function readSettings(environment: Environment, identity: Identity): RedisSettings {
  const values = environment.read({
    REDIS_URL: redisUrl({ default: new URL(LOCAL) }),
    REDIS_NAMESPACE: str({ default: identity.system }),
    BACKPLANE_LEASE_MS: whole(500, 600_000)({ default: LEASE_MS }),
  });
  // A wrong address has been reported; until that is judged any does.
  const url = new URL(values.REDIS_URL ?? LOCAL);
  if (url.password === "") {
    url.password = encodeURIComponent(environment.secret("REDIS_PASSWORD", ""));
  }
  return {
    url,
    namespace: `${values.REDIS_NAMESPACE ?? identity.system}.${identity.name}`,
    leaseMs: values.BACKPLANE_LEASE_MS ?? LEASE_MS,
  };
}

const redisUrl = makeExactValidator<URL>((text) => {
  const url = URL.parse(text);
  if ((url?.protocol !== "redis:" && url?.protocol !== "rediss:") || !url.hostname) {
    throw new EnvError(`"${text}" is not a redis or rediss address`);
  }
  return url;
});
