import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Problem } from "../../calls/problem.ts";

/**
 * Whether a page of this origin may open a socket: browsers let every page try, and send along the
 * cookies of the person, so that the server must decide (RFC 6455, 10.2).
 *
 * @param allowed Origins besides the gateway's own
 */
export function isAllowedOrigin(
  { headers }: Pick<IncomingMessage, "headers">,
  allowed: readonly string[],
): boolean {
  const { origin, host } = headers;
  // Only browsers send one, and they always do.
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  return host !== undefined && URL.parse(origin)?.host === host;
}

/** Answers an upgrade with a problem, in plain HTTP, and closes the connection. */
export function refuse(socket: Duplex, problem: Problem): void {
  const body = JSON.stringify(problem.body());
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "Connection: close",
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "X-Content-Type-Options: nosniff",
    ...(problem.retryAfter === undefined ? [] : [`Retry-After: ${problem.retryAfter}`]),
  ];
  socket.once("finish", () => socket.destroy());
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
