import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { clientOf } from "../auth/caller.ts";
import type { Caller } from "../auth/interface.ts";
import { Problem, stopping } from "../calls/problem.ts";
import type { OpenRealtime, Realtime, RealtimeContext } from "./interface.ts";
import { Places } from "./places.ts";
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

/** `/api/ws`: events and calls over one connection (see `websocket/connection.ts`). */
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
  const { config, shutdown } = context;
  const places = new Places(config.realtime);
  const connections = new Set<Connection>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: config.bodyLimit,
    // Compression costs some 300 KiB for each connection, and messages are small.
    perMessageDeflate: false,
  });

  const connect = (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    caller: Caller | undefined,
  ): void => {
    // Calls back before the first message is read.
    server.handleUpgrade(request, socket, head, (client) => {
      const connection = new Connection(client, socket, context, limits, caller);
      connections.add(connection);
      client.once("close", () => connections.delete(connection));
    });
  };

  return {
    upgrade: {
      path: "/api/ws",
      protocol: "websocket",
      async admit(request, address) {
        if (shutdown.aborted) throw stopping(RETRY_AFTER_S);
        if (!isAllowedOrigin(request, config.allowedOrigins)) {
          throw new Problem("permission_denied", "Pages of this origin may not connect");
        }
        const caller = await context.authenticate(request);
        if (shutdown.aborted) throw stopping(RETRY_AFTER_S);
        const leave = places.take(clientOf(caller, address));
        return (socket, head) => {
          if (socket.destroyed) return leave();
          socket.once("close", leave);
          return connect(request, socket, head, caller);
        };
      },
    },
    close: async () => {
      const callsMs = config.shutdownGraceMs / 2;
      await Promise.all([...connections].map((connection) => connection.leave(callsMs)));
    },
  };
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
