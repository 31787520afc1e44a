import { createHash, randomUUID } from "node:crypto";
import { EncryptJWT, errors, jwtDecrypt } from "jose";
import type { Rates } from "../../backplane/interface.ts";
import type { Identity } from "../../transports/client.ts";
import type { Caller } from "../interface.ts";
import { refused } from "./challenge.ts";

/** Milliseconds for which a ticket can be used. */
const TICKET_MS = 30_000;
const TYPE = "ticket+jwt";
/** With the key itself, which both ends have: they are one gateway, or replicas of it. */
const ALGORITHM = { alg: "dir", enc: "A256GCM" };

/** What is given for a token. */
export interface Ticket {
  readonly ticket: string;
  /** RFC 3339; until then it opens one stream or socket. */
  readonly expires: string;
}

/** What a ticket says beside the claims of every JWT. */
interface TicketClaims {
  readonly caller: Caller;
}

export interface TicketsOptions {
  readonly key: string;
  readonly identity: Identity;
  /** Left out: this gateway alone knows which tickets were used here. */
  readonly rates: Rates | undefined;
}

/**
 * Tickets open one stream or socket, for a browser that cannot show a token there. They are encrypted,
 * because addresses stand in logs, and say all by themselves: whichever gateway made one, each of its
 * replicas takes it.
 */
export class Tickets {
  readonly #key: Uint8Array;
  readonly #audience: string;
  readonly #uses: Pick<Rates, "count">;

  constructor({ key, identity, rates }: TicketsOptions) {
    this.#key = createHash("sha256").update(key).digest();
    this.#audience = `${identity.system}.${identity.name}`;
    this.#uses = rates ?? new OwnUses();
  }

  async issue(caller: Caller): Promise<Ticket> {
    const expires = new Date(Date.now() + TICKET_MS);
    const ticket = await new EncryptJWT({ caller })
      .setProtectedHeader({ ...ALGORITHM, typ: TYPE })
      .setAudience(this.#audience)
      .setJti(randomUUID())
      .setExpirationTime(expires)
      .encrypt(this.#key);
    return { ticket, expires: expires.toISOString() };
  }

  /** Who was given a ticket, once. @throws Problem `unauthenticated` */
  async redeem(ticket: string): Promise<Caller> {
    const { caller, jti } = await this.#open(ticket);
    const { count } = await this.#uses.count(`ticket.${jti}`, TICKET_MS);
    if (count > 1) throw refused("The ticket has been used");
    return caller;
  }

  async #open(ticket: string) {
    try {
      const { payload } = await jwtDecrypt<TicketClaims>(ticket, this.#key, {
        audience: this.#audience,
        typ: TYPE,
        keyManagementAlgorithms: [ALGORITHM.alg],
        contentEncryptionAlgorithms: [ALGORITHM.enc],
        requiredClaims: ["jti", "exp"],
      });
      return payload;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      const isLate = error instanceof errors.JWTExpired;
      throw refused(isLate ? "The ticket has expired" : "This is no ticket", error);
    }
  }
}

/** For a gateway that runs once. */
class OwnUses implements Pick<Rates, "count"> {
  readonly #used = new Map<string, number>();

  async count(key: string, windowMs: number) {
    const count = (this.#used.get(key) ?? 0) + 1;
    this.#used.set(key, count);
    if (count === 1) setTimeout(() => this.#used.delete(key), windowMs).unref();
    return { count, leftMs: windowMs };
  }
}
