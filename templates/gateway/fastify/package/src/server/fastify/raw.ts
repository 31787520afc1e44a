import { type IncomingMessage, ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { Problem } from "../../calls/problem.ts";
import { activeTraceId } from "../../observability/tracing.ts";
import type { RawRoute, UpgradeHandler } from "../../realtime/interface.ts";
import type { Gateway } from "../gateway.ts";
import { refuseOtherMethods } from "./methods.ts";
import { inTrace } from "./observe.ts";

/** Sockets of requests that ask for another protocol, with what was read of them already. */
const asking = new WeakMap<IncomingMessage, { readonly socket: Socket; readonly head: Buffer }>();

/** The pages, and routes and upgrades of the real-time modules, mounted without looking into them. */
export function mountRaw(app: FastifyInstance, { pages, realtime, log }: Gateway): void {
  const paths = new Set<string>();
  for (const { routes = [], upgrade } of [{ routes: pages, upgrade: undefined }, ...realtime]) {
    for (const route of routes) mountRoute(app, route);
    if (!upgrade) continue;
    mountUpgrade(app, upgrade);
    paths.add(upgrade.path);
  }

  app.server.on("upgrade", (request, socket: Socket, head) => {
    socket.on("error", (error) => log.debug({ err: error }, "upgrade failed"));
    if (!paths.has(request.url?.split("?", 1)[0] ?? "")) {
      log.debug("upgrade of an unknown path");
      socket.end(
        `HTTP/1.1 404 ${STATUS_CODES[404]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
      return;
    }
    // An ordinary request until its handler has admitted it: limited, traced, refused as any other.
    asking.set(request, { socket, head });
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once("finish", () => socket.destroySoon());
    app.routing(request, response);
  });
}

function mountUpgrade(app: FastifyInstance, { path, admit }: UpgradeHandler): void {
  app.get(path, async (request, reply) => {
    const asked = asking.get(request.raw);
    if (!asked) {
      reply.header("upgrade", "websocket").header("connection", "upgrade");
      throw new Problem("invalid_argument", "Only a WebSocket can be opened here", { status: 426 });
    }
    const takeOver = await inTrace(request, () => admit(request.raw, request.ip));
    reply.hijack();
    reply.raw.detachSocket(asked.socket);
    request.observed?.end(101);
    takeOver(asked.socket, asked.head);
  });
  refuseOtherMethods(app, path, ["GET"]);
}

function mountRoute(app: FastifyInstance, route: RawRoute): void {
  app.route({
    method: route.method,
    url: route.path,
    ...(route.isUncounted && { config: { rateLimit: false } }),
    handler: (request, reply) => {
      const response = reply.raw;
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) response.setHeader(name, value);
      }
      reply.hijack();
      inTrace(request, async () => route.handle(request.raw, response, request.ip)).catch(
        (error: unknown) => {
          const problem = Problem.from(error);
          if (problem.code === "internal") request.log.error({ err: problem }, "raw route failed");
          if (response.headersSent) return response.destroy();
          if (problem.retryAfter !== undefined)
            response.setHeader("retry-after", problem.retryAfter);
          response.writeHead(problem.status, { "content-type": "application/problem+json" });
          return response.end(JSON.stringify(problem.body(activeTraceId())));
        },
      );
    },
  });
  refuseOtherMethods(app, route.path, [route.method]);
}
