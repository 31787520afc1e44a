import type { AsyncMessage, Envelope } from "rabbitmq-client";
import { CORRELATION_ID, type Headers, JSON_TYPE } from "../messages/headers.ts";

/** What stands before the attributes of an event (CloudEvents AMQP binding 1.0, 3.1.3). */
const CLOUD_EVENTS = "cloudEvents:";
const ENCODING = "utf-8";

/** How AMQP 0-9-1 carries headers: the media type and the correlation id are properties. */
export function envelope(headers: Headers): Envelope {
  const { "content-type": contentType = JSON_TYPE, [CORRELATION_ID]: id, ...others } = headers;
  // With an encoding the client leaves bodies as they are.
  const properties = { contentType, contentEncoding: ENCODING, headers: others };
  return id === undefined ? properties : { ...properties, correlationId: id };
}

/** Headers of a message as they are read: texts only, without what the broker added. */
export function headersOf({ headers = {}, contentType, correlationId }: AsyncMessage): Headers {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string" && !name.startsWith("x-")) texts[name.toLowerCase()] = value;
  }
  if (contentType !== undefined) texts["content-type"] = contentType;
  if (correlationId !== undefined) texts[CORRELATION_ID] = correlationId;
  return texts;
}

/** An attribute of a CloudEvent. */
export function attribute({ headers }: AsyncMessage, name: string): string | undefined {
  const value: unknown = headers?.[`${CLOUD_EVENTS}${name}`];
  return typeof value === "string" ? value : undefined;
}

/** The body as it came; the client has read it already when it came without an encoding. */
export function bodyOf({ body }: AsyncMessage): Uint8Array {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}
