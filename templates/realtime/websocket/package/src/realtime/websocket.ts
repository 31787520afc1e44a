import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { Problem } from "../calls/problem.ts";
import type { OpenRealtime, Realtime, RealtimeContext } from "./interface.ts";
import { Connection, type ConnectionLimits } from "./websocket/connection.ts";

/** Calls that one socket may have under way. */
const CALLS = 32;
const KIB = 1024;
/** Bytes that may wait for one socket before its events wait in the queue. */
const HIGH_WATER_BYTES = 64 * KIB;
/** Messages of full size that may wait for one socket, so that a few large answers do not end it. */
const MAX_WAITING = 8;
/** Milliseconds that a client has to answer a close before its socket is cut. */
const CLOSE_MS = 5000;
const RETRY_AFTER_S = 5;

/** `/api/ws`: events and calls over one connection (see `websocket/messages.ts`). */
export const realtime: OpenRealtime = (context) => {
  const { bodyLimit, realtime: settings } = context.config;
  return openWebSocket(context, {
    calls: CALLS,
    messagesPerSecond: settings.messagesPerSecond,
    highWaterBytes: HIGH_WATER_BYTES,
    maxBytes: Math.max(MAX_WAITING * bodyLimit, 2 * HIGH_WATER_BYTES),
    heartbeatMs: settings.heartbeatMs,
    closeMs: CLOSE_MS,
  });
};

/** The same with limits of one's own. */
export function openWebSocket(context: RealtimeContext, limits: ConnectionLimits): Realtime {
  const { config, log, shutdown } = context;
  const connections = new Set<Connection>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: config.bodyLimit,
    // Compression costs some 300 KiB for each connection, and messages are small.
    perMessageDeflate: false,
  });

  const admit = async (request: IncomingMessage): Promise<void> => {
    if (shutdown.aborted) throw stopping();
    if (!isAllowedOrigin(request, config.allowedOrigins)) {
      throw new Problem("permission_denied", "Pages of this origin may not connect");
    }
    await context.authenticate(request);
    if (shutdown.aborted) throw stopping();
    if (connections.size >= config.realtime.maxClients) {
      throw new Problem("resource_exhausted", "Too many clients are connected", {
        retryAfter: RETRY_AFTER_S,
      });
    }
  };

  const connect = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Calls back before the first message is read.
    server.handleUpgrade(request, socket, head, (client) => {
      const connection = new Connection(client, context, limits);
      connections.add(connection);
      client.once("close", () => connections.delete(connection));
    });
  };

  return {
    upgrade: {
      path: "/api/ws",
      upgrade(request, socket, head) {
        const ignore = (error: Error) => log.debug({ err: error }, "upgrade failed");
        socket.on("error", ignore);
        admit(request).then(
          () => {
            socket.off("error", ignore);
            connect(request, socket, head);
          },
          (error: unknown) => {
            const problem = Problem.from(error);
            if (problem.code === "internal") log.error({ err: problem }, "upgrade failed");
            refuse(socket, problem);
          },
        );
      },
    },
    close: async () => {
      const callsMs = config.shutdownGraceMs / 2;
      await Promise.all([...connections].map((connection) => connection.leave(callsMs)));
    },
  };
}

function stopping(): Problem {
  return new Problem("unavailable", "The gateway is stopping", { retryAfter: RETRY_AFTER_S });
}

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
