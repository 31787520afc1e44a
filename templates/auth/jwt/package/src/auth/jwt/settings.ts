import { str } from "envalid";
import { type Environment, httpUrl, list, whole } from "../../server/settings.ts";
import type { Identity } from "../../transports/client.ts";

const MINUTE = 60_000;

/** Signatures that a public key verifies (RFC 7518, 3.1; RFC 9864). */
const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/** Whose tokens are accepted, and which. Durations are milliseconds. */
export type TokenSettings = ReturnType<typeof readSettings>;

/** Reads the variables of the authentication; what does not fit is remembered by the environment. */
export function readSettings(environment: Environment, { system }: Identity) {
  const env = environment.read({
    AUTH_ISSUER: httpUrl({ default: undefined }),
    AUTH_AUDIENCE: str({ default: system }),
    AUTH_ALGORITHMS: list(wrongAlgorithm)({ default: ["RS256"] }),
    AUTH_TOKEN_TYPES: list(empty)({ default: ["at+jwt", "JWT"] }),
    AUTH_SCOPE_CLAIM: str({ default: "scope" }),
    AUTH_CLAIMS: list(empty)({ default: [] }),
    AUTH_CLOCK_TOLERANCE_MS: whole(0, 10 * MINUTE)({ default: MINUTE / 2 }),
    AUTH_KEYS_REFRESH_MS: whole(1000, 1440 * MINUTE)({ default: 10 * MINUTE }),
    AUTH_KEYS_KEEP_MS: whole(1000, 1440 * MINUTE)({ default: 60 * MINUTE }),
    AUTH_DEVELOPMENT_KEY: str({ default: undefined }),
  });
  if (environment.production) {
    if (!env.AUTH_ISSUER) environment.refuse("AUTH_ISSUER", "is needed when APP_ENV=production");
    if (env.AUTH_ISSUER?.protocol === "http:") {
      environment.refuse("AUTH_ISSUER", "needs https when APP_ENV=production");
    }
    if (env.AUTH_DEVELOPMENT_KEY !== undefined) {
      environment.refuse("AUTH_DEVELOPMENT_KEY", "is not for APP_ENV=production");
    }
  }
  return {
    /** Left out: nobody but the key of development. */
    issuer: env.AUTH_ISSUER,
    audience: env.AUTH_AUDIENCE,
    // What does not fit has been reported; until that is judged anything does.
    algorithms: [...(env.AUTH_ALGORITHMS ?? [])],
    /** In lower case, without `application/`. */
    types: (env.AUTH_TOKEN_TYPES ?? []).map(typeOf),
    scopeClaim: env.AUTH_SCOPE_CLAIM,
    /** Claims that go along to services. */
    claims: env.AUTH_CLAIMS,
    toleranceMs: env.AUTH_CLOCK_TOLERANCE_MS,
    /** Age at which the keys of the issuer are asked for again. */
    refreshMs: env.AUTH_KEYS_REFRESH_MS,
    /** Age up to which they hold. */
    keepMs: env.AUTH_KEYS_KEEP_MS,
    /** What tickets are made with. */
    ticketKey: environment.secret("AUTH_TICKET_KEY", DEVELOPMENT_KEY),
    /** What tokens of development are signed with; none in production. */
    developmentKey: environment.production
      ? undefined
      : (env.AUTH_DEVELOPMENT_KEY ?? DEVELOPMENT_KEY),
  };
}

/** The value of keys that nobody set; production refuses it. */
export const DEVELOPMENT_KEY = "development-only";

/** The type of a token as types are compared (RFC 7515, 4.1.9). */
export function typeOf(text: string): string {
  return text.toLowerCase().replace(/^application\//, "");
}

function wrongAlgorithm(text: string): string | undefined {
  return ALGORITHMS.includes(text) ? undefined : `is not one of ${ALGORITHMS.join(", ")}`;
}

function empty(text: string): string | undefined {
  return text === "" ? "is empty" : undefined;
}
