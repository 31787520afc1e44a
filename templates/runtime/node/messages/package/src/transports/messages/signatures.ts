import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import type { LinkSettings } from "../client.ts";
import type { Headers } from "./headers.ts";

/** What keys are derived with: they are of no use where the token itself is asked for. */
const LABEL = "signed messages 1";
/** Headers that others on the way may add or change; nothing that is done depends on them. */
const UNSIGNED = /^(?:signature|traceparent|tracestate|baggage|dead-.*)$/;
/** Milliseconds between two lines about messages that are refused. */
const QUIET_MS = 30_000;

/**
 * Signatures of messages: HMAC-SHA-256 (RFC 2104) over channel, headers and body. Brokers keep
 * messages for days, and so the token itself does not travel. The service has the same in
 * `transports/signatures.py`.
 */
export class Signatures {
  readonly #keys: readonly [KeyObject, ...KeyObject[]];
  readonly #log: LinkSettings["log"];
  #refused = 0;
  #reported = Number.NEGATIVE_INFINITY;

  constructor({ environment, log }: Pick<LinkSettings, "environment" | "log">) {
    const [first, ...others] = environment.serviceTokens();
    this.#keys = [keyOf(first), ...others.map(keyOf)];
    this.#log = log;
  }

  /** The headers with a signature. @param channel The queue or topic that the message is for. */
  sign(channel: string, headers: Headers, body: string | Uint8Array): Headers {
    const [key] = this.#keys;
    return { ...headers, signature: digest(key, channel, headers, body).toString("base64url") };
  }

  /** Whether somebody signed it who has one of the tokens; if not, that is counted and logged. */
  verify(channel: string, headers: Headers, body: Uint8Array): boolean {
    const given = Buffer.from(headers.signature ?? "", "base64url");
    for (const key of this.#keys) {
      const wanted = digest(key, channel, headers, body);
      if (given.length === wanted.length && timingSafeEqual(given, wanted)) return true;
    }
    this.#refused += 1;
    if (performance.now() - this.#reported >= QUIET_MS) {
      this.#reported = performance.now();
      this.#log.warn(
        { channel, refused: this.#refused },
        "a message is dropped: its signature is missing or was not made with SERVICE_TOKEN",
      );
    }
    return false;
  }
}

/** An object: of bytes one would be made for each message. */
function keyOf(token: string): KeyObject {
  return createSecretKey(createHmac("sha256", token).update(LABEL).digest());
}

function digest(key: KeyObject, channel: string, headers: Headers, body: string | Uint8Array) {
  const texts = new Map(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]));
  const signed = [...texts]
    .filter(([name]) => !UNSIGNED.test(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  // With its length before it no part can pass for the end of another.
  let head = measured(channel);
  for (const [name, text] of signed) head += measured(name) + measured(text);
  const length = Buffer.byteLength(body);
  return createHmac("sha256", key).update(`${head}${length}:`).update(body).digest();
}

function measured(text: string): string {
  return `${Buffer.byteLength(text)}:${text}`;
}
