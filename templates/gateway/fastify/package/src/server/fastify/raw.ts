import { STATUS_CODES } from "node:http";
import type { FastifyInstance } from "fastify";
import { Problem } from "../../calls/problem.ts";
import { activeTraceId } from "../../observability/tracing.ts";
import type { RawRoute } from "../../realtime/interface.ts";
import type { Gateway } from "../gateway.ts";
import { stripIdentity } from "../headers.ts";
import { refuseOtherMethods } from "./methods.ts";
import { inTrace } from "./observe.ts";

/** The pages, and routes and upgrades of the real-time modules, mounted without looking into them. */
export function mountRaw(app: FastifyInstance, { pages, realtime, log }: Gateway): void {
  for (const { routes = [] } of [{ routes: pages }, ...realtime]) {
    for (const route of routes) mountRoute(app, route);
  }

  const upgrades = new Map(
    realtime.flatMap(({ upgrade }) => (upgrade ? [[upgrade.path, upgrade]] : [])),
  );
  app.server.on("upgrade", (request, socket, head) => {
    stripIdentity(request.headers);
    const handler = upgrades.get(request.url?.split("?", 1)[0] ?? "");
    if (handler) return handler.upgrade(request, socket, head);
    log.debug("upgrade of an unknown path");
    socket.end(
      `HTTP/1.1 404 ${STATUS_CODES[404]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
  });
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
      inTrace(request, async () => route.handle(request.raw, response)).catch((error: unknown) => {
        const problem = Problem.from(error);
        if (problem.code === "internal") request.log.error({ err: problem }, "raw route failed");
        if (response.headersSent) return response.destroy();
        if (problem.retryAfter !== undefined) response.setHeader("retry-after", problem.retryAfter);
        response.writeHead(problem.status, { "content-type": "application/problem+json" });
        return response.end(JSON.stringify(problem.body(activeTraceId())));
      });
    },
  });
  refuseOtherMethods(app, route.path, [route.method]);
}
