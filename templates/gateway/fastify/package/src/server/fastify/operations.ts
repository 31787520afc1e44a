import type { FastifyInstance } from "fastify";
import type { OpenApiDocument } from "../../calls/validation.ts";
import type { OperationContract } from "../../contract.ts";
import type { Gateway } from "../gateway.ts";
import { keyOf, leaveSignal } from "./caller.ts";
import { refuseOtherMethods } from "./methods.ts";
import { inTrace } from "./observe.ts";

/** `POST /api/<service>/<operation>` for every operation that is not internal. */
export function mountOperations(app: FastifyInstance, gateway: Gateway): void {
  for (const service of gateway.services) {
    for (const operation of Object.values(service.operations)) {
      if (!operation.internal) mount(app, gateway, operation);
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
    async (request, reply) => {
      const idempotencyKey = keyOf(request, request.caller.subject);
      return inTrace(request, async () => {
        if (!prefersAsync(request.headers.prefer)) {
          const signal = leaveSignal(reply);
          return gateway.dispatch.callPublic(service, name, request.body, {
            signal,
            idempotencyKey,
          });
        }
        const job = await gateway.jobs.start(service, name, request.body, { idempotencyKey });
        reply.code(202).header("location", `/api/jobs/${job.id}`);
        reply.header("preference-applied", "respond-async");
        return job;
      });
    },
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
      return gateway.jobs.get(request.params.id);
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

/** A reference to one of them. */
export function schemaOf(name: string): { $ref: string } {
  return { $ref: `${DOCUMENT}#/components/schemas/${name}` };
}
