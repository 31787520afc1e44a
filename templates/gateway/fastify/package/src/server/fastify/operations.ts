import type { FastifyInstance, FastifyRequest } from "fastify";
import { clientKey } from "../../calls/call.ts";
import type { OperationContract } from "../../contract.ts";
import type { Gateway } from "../gateway.ts";
import { leaveSignal } from "./leave.ts";
import { refuseOtherMethods } from "./methods.ts";
import { inTrace } from "./observe.ts";
import { prefersAsync } from "./prefer.ts";
import { schemaOf } from "./schemas.ts";

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
      const { subject } = await gateway.authenticate(request.raw);
      const idempotencyKey = keyOf(request, subject);
      return inTrace(request, async () => {
        if (!prefersAsync(request.headers.prefer)) {
          const signal = leaveSignal(reply);
          return gateway.dispatch.call(service, name, request.body, { signal, idempotencyKey });
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

/** The key under which a request may come again, where it has one. */
export function keyOf(request: FastifyRequest, subject: string): string | undefined {
  const key = request.headers["idempotency-key"];
  return typeof key === "string" ? clientKey(subject, key) : undefined;
}
