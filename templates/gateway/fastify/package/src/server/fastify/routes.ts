import { type IncomingMessage, ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance, HTTPMethods } from "fastify";
import { Problem } from "../../calls/problem.ts";
import type { OpenApiDocument } from "../../calls/validation.ts";
import type { OperationContract } from "../../contract.ts";
import { activeTraceId } from "../../observability/tracing.ts";
import type { RawRoute, UpgradeHandler } from "../../realtime/interface.ts";
import type { Gateway } from "../gateway.ts";
import type { OwnDocument } from "./own.ts";
import { inTrace, keyOf, leaveController, subjectOf } from "./requests.ts";

/** `POST /api/<service>/<operation>` for every operation that is not internal. */
export function mountOperations(app: FastifyInstance, gateway: Gateway): void {
  for (const service of gateway.services) {
    for (const operation of Object.values(service.operations)) {
      // An answer in parts has a raw route of its own.
      if (!operation.internal && !operation.stream) mount(app, gateway, operation);
    }
  }
}

function mount(app: FastifyInstance, gateway: Gateway, operation: OperationContract): void {
  const { service, name } = operation;
  const path = `/api/${service}/${name}`;
  app.post(
    path,
    // The body is validated once, by dispatch, whichever way it came in.
    { schema: { response: { 200: schemaOf(operation.output), 202: schemaOf("Job") } } },
    (request, reply) =>
      inTrace(request, async () => {
        const { caller } = request;
        const idempotencyKey = keyOf(request, subjectOf(request));
        if (!prefersAsync(request.headers.prefer)) {
          const controller = leaveController(request);
          return gateway.dispatch.callPublic(service, name, request.body, {
            ...{ controller, idempotencyKey, caller },
          });
        }
        const options = { idempotencyKey, caller };
        const job = await gateway.jobs.start(service, name, request.body, options);
        reply.code(202).header("location", `/api/jobs/${job.id}`);
        reply.header("preference-applied", "respond-async");
        return job;
      }),
  );
  refuseOtherMethods(app, path, ["POST"]);
}

/** `GET /api/jobs/<id>` */
export function mountJobs(app: FastifyInstance, gateway: Gateway): void {
  app.get<{ Params: { id: string } }>(
    "/api/jobs/:id",
    { schema: { response: { 200: schemaOf("Job") } } },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      return gateway.jobs.get(request.params.id, request.caller);
    },
  );
  refuseOtherMethods(app, "/api/jobs/:id", ["GET"]);
}

/** Whether a `Prefer` header (RFC 7240) asks for `respond-async`, alone or among others. */
function prefersAsync(header: string | string[] | undefined): boolean {
  if (header === undefined) return false;
  return String(header)
    .split(",")
    .some((preference) => preference.split(";", 1)[0]?.trim().toLowerCase() === "respond-async");
}

/** Under this name routes refer to the schemas of the contract. */
export const DOCUMENT = "openapi.json";

/** Makes the schemas of the public API known to the routes: what a route sends is what they name. */
export function addSchemas(app: FastifyInstance, { components }: OpenApiDocument): void {
  app.addSchema({ $id: DOCUMENT, components });
}

/** Takes every JSON text: a key may be called `__proto__`. No code of an operation merges what comes, and
 * the contract says what is refused. */
export function takeAnyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("ignore", "ignore");
  app.addContentTypeParser("application/json", { parseAs: "string" }, parse);
}

/** A reference to one of them. */
export function schemaOf(name: string): { $ref: string } {
  return { $ref: `${DOCUMENT}#/components/schemas/${name}` };
}

/** Sockets of requests that ask for another protocol, with what was read of them already. */
const asking = new WeakMap<IncomingMessage, { readonly socket: Socket; readonly head: Buffer }>();

/** Raw routes, and upgrades of the real-time modules, mounted without looking into them. */
export function mountRaw(app: FastifyInstance, { routes: own, realtime, log }: Gateway): void {
  const paths = new Set<string>();
  for (const { routes = [], upgrade } of [{ routes: own, upgrade: undefined }, ...realtime]) {
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

function mountUpgrade(app: FastifyInstance, { path, protocol, admit }: UpgradeHandler): void {
  app.get(path, async (request, reply) => {
    const asked = asking.get(request.raw);
    if (!asked) {
      reply.header("upgrade", protocol).header("connection", "upgrade");
      throw new Problem("invalid_argument", `Ask for an upgrade to ${protocol}`, { status: 426 });
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
      inTrace(request, async () =>
        route.handle(request.raw, response, request.ip, request.body),
      ).catch((error: unknown) => {
        const problem = Problem.from(error);
        if (problem.code === "internal") request.log.error({ err: problem }, "raw route failed");
        if (response.headersSent) return response.destroy();
        const type = { "content-type": "application/problem+json" };
        response.writeHead(problem.status, { ...problem.headers(), ...type });
        return response.end(JSON.stringify(problem.body(activeTraceId())));
      });
    },
  });
  refuseOtherMethods(app, route.path, [route.method]);
}

const PROBE = { config: { isProbe: true, rateLimit: false as const } };

/** What machines ask: is it alive, is it ready, how is it, what can it do. */
export function mountSystem(app: FastifyInstance, gateway: Gateway, own: () => OwnDocument): void {
  // Never asks dependencies: restarting this process would not mend them.
  app.get("/livez", PROBE, async () => ({ status: "ok" }));

  app.get("/readyz", PROBE, async (_request, reply) => {
    const readiness = await gateway.readiness();
    return reply.code(readiness.status === "unavailable" ? 503 : 200).send(readiness);
  });

  // In production only on METRICS_PORT: what a system does is not for its clients.
  if (gateway.config.environment !== "production") {
    app.get("/metrics", PROBE, async (_request, reply) => {
      const { registry } = gateway.metrics;
      return reply.type(registry.contentType).send(await registry.metrics());
    });
  }

  let document: string | undefined;
  app.get("/openapi.json", (_request, reply) => {
    document ??= JSON.stringify(merged(gateway.openapi, own()));
    return reply.type("application/json").send(document);
  });
}

/** The public API with the gateway's own routes. */
function merged(api: OpenApiDocument, { paths, schemas }: OwnDocument): object {
  const { components } = api;
  return {
    ...api,
    paths: { ...api.paths, ...paths },
    components: { ...components, schemas: { ...schemas, ...components.schemas } },
  };
}

const METHODS: readonly HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/** Answers every other method at `path` with 405 and `Allow` (RFC 9110, 15.5.6). */
export function refuseOtherMethods(
  app: FastifyInstance,
  path: string,
  allowed: readonly HTTPMethods[],
): void {
  const allow = allowed.includes("GET") ? [...allowed, "HEAD"] : [...allowed];
  app.route({
    method: METHODS.filter((method) => !allow.includes(method)),
    url: path,
    // Before the body is read: nobody wants it.
    onRequest: async (_request, reply) => {
      reply.header("allow", allow.join(", "));
      throw new Problem("invalid_argument", `Only ${allow.join(", ")} can be asked here`, {
        status: 405,
      });
    },
    handler: async () => undefined,
  });
}
