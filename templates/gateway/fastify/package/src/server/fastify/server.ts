import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import cors from "@fastify/cors";
import rateLimit, {
  type FastifyRateLimitStore,
  type FastifyRateLimitStoreCtor,
} from "@fastify/rate-limit";
import underPressure from "@fastify/under-pressure";
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import { clientOf } from "../../auth/caller.ts";
import type { Caller } from "../../auth/interface.ts";
import type { Rates } from "../../backplane/interface.ts";
import type { Calls } from "../../calls/dispatch.ts";
import { Problem } from "../../calls/problem.ts";
import type { CreateServer, Gateway } from "../gateway.ts";
import { securityHeaders, stripIdentity } from "../headers.ts";
import { loadPlugins, loadRoutes } from "./own.ts";
import { answerProblems, authenticateRequests, observeRequests } from "./requests.ts";
import {
  addSchemas,
  mountJobs,
  mountOperations,
  mountRaw,
  mountSystem,
  takeAnyJson,
} from "./routes.ts";

// Here and not where it is used: the declarations of a published package begin with this module.
declare module "fastify" {
  interface FastifyInstance {
    /** What stands behind this server: jobs, events, readiness, settings. */
    readonly gateway: Gateway;
  }
  interface FastifyRequest {
    /** Who is asking; `undefined` for an anonymous client. */
    caller: Caller | undefined;
    /**
     * Calls services for this request: within its deadline, as long as the client is there, in its
     * trace, behind the limits of the service, and once under its `Idempotency-Key`.
     */
    calls: Calls;
  }
}

/** Milliseconds; the client's side of a kept connection gives up first (see the transports). */
const KEEP_ALIVE_MS = 5000;
/** Milliseconds to receive a whole request, and without a sign of life from who is to read an answer;
 * slower clients only hold a socket. */
const REQUEST_MS = 30_000;
const HEADERS_MS = 10_000;
const RETRY_AFTER_S = 2;
/** Connections that wait to be accepted, as many as Linux lets wait by itself (net.core.somaxconn). With the
 * 511 of Node.js, of two thousand that come at once some are reset. */
const BACKLOG = 4096;
/** Milliseconds over which the lateness of the event loop is averaged. */
const SAMPLE_MS = 1000;
/** `Retry-After`, which comes with every refusal, says all that a client needs. */
const NO_HEADERS = {
  "x-ratelimit-limit": false,
  "x-ratelimit-remaining": false,
  "x-ratelimit-reset": false,
};

/** The public side of the gateway on Fastify. */
export const createServer: CreateServer = async (gateway) => {
  const app = await createApp(gateway);
  const closing = closeConnections(app);
  await app.ready();
  const { host, port } = gateway.config;
  return {
    listen: () => app.listen({ host, port, backlog: BACKLOG }),
    async close() {
      closing.begin();
      await app.close();
    },
  };
};

/** The application, not yet listening: tests can `inject`. */
export async function createApp(gateway: Gateway): Promise<FastifyInstance> {
  const { config } = gateway;
  const log: FastifyBaseLogger = gateway.log;
  const app: FastifyInstance = fastify({
    // One logger, and one line a request (see requests.ts): a child logger each would cost more.
    loggerInstance: log,
    childLoggerFactory: () => log,
    logController: new LogController({ disableRequestLogging: true }),
    // None is not an empty list, which would be gone through with each request.
    trustProxy: config.trustProxy.length > 0 && [...config.trustProxy],
    bodyLimit: config.bodyLimit,
    connectionTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: HEADERS_MS },
    forceCloseConnections: "idle",
    // While closing, connections that are open still get answers (see `closeConnections`).
    return503OnClosing: false,
    exposeHeadRoutes: true,
  });

  // Fastify takes plain text too: here a body is JSON, unless a plugin says what else it may be.
  app.removeContentTypeParser("text/plain");
  answerProblems(app);
  observeRequests(app, gateway);
  const headers = securityHeaders(config.environment === "production");
  app.addHook("onRequest", (request, reply, done) => {
    stripIdentity(request.raw.headers);
    reply.headers(headers);
    reply.raw.on("timeout", cutUnread);
    done();
  });
  let listensSince = Infinity;
  app.addHook("onListen", async () => {
    listensSince = performance.now();
  });
  await app.register(underPressure, {
    maxEventLoopDelay: config.eventLoopDelayMs,
    sampleInterval: SAMPLE_MS,
    retryAfter: RETRY_AFTER_S,
    pressureHandler: (request) => {
      // Probes and metrics must answer then above all.
      if (request.routeOptions.config.isProbe) return;
      // Until then the sample has what it took to start, which is no load.
      if (performance.now() - listensSince < 2 * SAMPLE_MS) return;
      throw new Problem("resource_exhausted", "The gateway is overloaded", {
        retryAfter: RETRY_AFTER_S,
      });
    },
  });
  if (config.allowedOrigins.length > 0) {
    await app.register(cors, {
      origin: [...config.allowedOrigins],
      methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
      exposedHeaders: ["Location", "Preference-Applied", "Retry-After", "Trace-Id"],
      maxAge: 600,
    });
  }
  await app.register(rateLimit, {
    max: config.rateLimit,
    timeWindow: "1 minute",
    keyGenerator: ({ raw, ip }) =>
      gateway.authenticate(raw).then(
        (caller) => clientOf(caller, ip),
        // Who is refused is so behind the limit, which counts him by his address.
        () => clientOf(undefined, ip),
      ),
    addHeaders: NO_HEADERS,
    addHeadersOnExceeding: NO_HEADERS,
    // Without a backplane counted in this process: each replica allows as many.
    ...(gateway.rates && { store: storeOf(gateway.rates) }),
    errorResponseBuilder: (_request, { ttl }) =>
      new Problem("resource_exhausted", `No more than ${config.rateLimit} requests a minute`, {
        status: 429,
        retryAfter: Math.max(1, Math.ceil(ttl / 1000)),
      }),
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, () => {
    throw new Problem("not_found", "There is nothing at this address");
  });

  app.decorate("gateway", gateway);
  addSchemas(app, gateway.openapi);
  await loadPlugins(app, gateway);
  await app.register(async (api) => {
    authenticateRequests(api, gateway);
    await api.register(async (operations) => {
      // A person's own routes keep Fastify's refusal of some.
      takeAnyJson(operations);
      mountOperations(operations, gateway);
    });
    mountJobs(api, gateway);
    const own = await loadRoutes(api, gateway);
    mountSystem(app, gateway, own);
  });
  await app.register(async (raw) => {
    takeAnyJson(raw);
    mountRaw(raw, gateway);
  });
  return app;
}

/** A connection is silent while an answer is made, for as long as a call may take. It is cut only where
 * something waits to be read. */
function cutUnread(this: ServerResponse): void {
  if (this.headersSent) this.destroy();
}

/**
 * Once begun, no client holds up the end by a connection that it keeps: answers of requests that
 * were under way say `Connection: close`, and a connection on which nothing was asked yet, as
 * browsers open them ahead of time, is cut. Node.js takes those for busy
 * (`server.closeIdleConnections`).
 */
function closeConnections(app: FastifyInstance): { begin(): void } {
  let isClosing = false;
  const connections = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  app.addHook("onSend", (_request, reply, _payload, done) => {
    if (isClosing) reply.header("connection", "close");
    done();
  });
  return {
    begin() {
      isClosing = true;
      for (const socket of connections) {
        if (socket.bytesRead === 0) socket.destroy();
      }
    },
  };
}

/** `@fastify/rate-limit` makes its store itself: a class that counts by `rates`. */
function storeOf(rates: Rates): FastifyRateLimitStoreCtor {
  return class Store implements FastifyRateLimitStore {
    incr(...[key, done, windowMs]: Parameters<FastifyRateLimitStore["incr"]>): void {
      rates.count(key, windowMs).then(
        ({ count, leftMs }) => done(null, { current: count, ttl: leftMs }),
        (error: Error) => done(error),
      );
    }

    /** One count for all routes. */
    child(): this {
      return this;
    }
  };
}
