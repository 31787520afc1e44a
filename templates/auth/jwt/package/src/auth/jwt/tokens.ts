import { createHash } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import type { Caller } from "../interface.ts";
import { refused } from "./challenge.ts";
import type { Provider } from "./provider.ts";
import { type TokenSettings, typeOf } from "./settings.ts";

/** Tokens of `make token`: who issues them, and how they are signed. */
export const DEVELOPMENT = { issuer: "urn:development", algorithm: "HS256" };

/** What they are signed with, whatever its length. */
export function developmentKey(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

/** Access tokens: those of RFC 9068, and those that providers made before it. */
export class Tokens {
  readonly #settings: TokenSettings;
  readonly #provider: Provider | undefined;

  /** @param provider Left out: there are only tokens of `make token`. */
  constructor(settings: TokenSettings, provider: Provider | undefined) {
    this.#settings = settings;
    this.#provider = provider;
  }

  /**
   * Who holds a token.
   *
   * @throws Problem `unauthenticated` for a token that is not to be accepted, `unavailable` while the
   *   keys of the issuer are not known
   */
  async verify(token: string): Promise<Caller> {
    try {
      return this.#callerOf(await this.#claimsOf(token));
    } catch (error) {
      if (error instanceof errors.JOSEError) throw refused(reasonOf(error), error);
      throw error;
    }
  }

  async #claimsOf(token: string): Promise<JWTPayload> {
    const { types, audience, toleranceMs, algorithms } = this.#settings;
    if (!types.includes(typeIn(token))) throw refused("The token is of another type");
    const claims = {
      audience,
      clockTolerance: toleranceMs / 1000,
      requiredClaims: ["iss", "sub", "exp"],
    };
    const key = this.#settings.developmentKey;
    if (key !== undefined && decodeJwt(token).iss === DEVELOPMENT.issuer) {
      const options = { ...claims, algorithms: [DEVELOPMENT.algorithm] };
      return (await jwtVerify(token, developmentKey(key), options)).payload;
    }
    const provider = this.#provider;
    if (!provider) throw refused("The token is from another issuer");
    const { payload } = await jwtVerify(token, provider.key, { ...claims, algorithms });
    // Behind the signature: how the issuer is called is known with its keys.
    if (payload.iss !== provider.issuer) throw refused("The token is from another issuer");
    return payload;
  }

  #callerOf(claims: JWTPayload): Caller {
    const { scopeClaim, claims: passedOn } = this.#settings;
    const { sub, exp = 0, cnf } = claims;
    if (typeof sub !== "string" || sub === "") throw refused("The token names nobody");
    // Without a proof of the key that it is bound to, whoever found it could use it (RFC 9449, 7.2).
    if (cnf !== undefined) throw refused("The token is bound to a key, and not a bearer token");
    return {
      subject: sub,
      scopes: scopesIn(claims[scopeClaim]),
      claims: Object.fromEntries(
        passedOn.filter((name) => Object.hasOwn(claims, name)).map((name) => [name, claims[name]]),
      ),
      expires: exp * 1000,
    };
  }
}

/** The type that a token says to be of. */
function typeIn(token: string): string {
  try {
    return typeOf(decodeProtectedHeader(token).typ ?? "JWT");
  } catch (cause) {
    throw refused("The token cannot be read", cause);
  }
}

/** A list, or words separated by spaces (RFC 6749, 3.3). */
function scopesIn(claim: unknown): readonly string[] {
  if (typeof claim === "string") return claim.split(" ").filter((scope) => scope !== "");
  return Array.isArray(claim) ? claim.filter((scope) => typeof scope === "string") : [];
}

const CLAIMS: Readonly<Record<string, string>> = {
  aud: "The token is for another audience",
  nbf: "The token is not valid yet",
};

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return "The token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    return CLAIMS[error.claim] ?? `The token has no valid ${error.claim}`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "The token is signed in another way";
  if (error instanceof errors.JWKSNoMatchingKey) return "The token names no key of its issuer";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The signature is wrong";
  return "The token cannot be read";
}
