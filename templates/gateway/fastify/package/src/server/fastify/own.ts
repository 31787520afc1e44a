import { existsSync } from "node:fs";
import { join } from "node:path";
import autoload from "@fastify/autoload";
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import type { Dispatch } from "../../calls/dispatch.ts";
import type { Caller } from "../../realtime/interface.ts";
import type { Gateway } from "../gateway.ts";
import { leaveSignal } from "./leave.ts";
import { inTrace } from "./observe.ts";
import { keyOf } from "./operations.ts";
import { mountSystem } from "./system.ts";

declare module "fastify" {
  interface FastifyInstance {
    /** What stands behind this server: jobs, events, readiness, settings. */
    gateway: Gateway;
  }
  interface FastifyRequest {
    /** Who is asking. */
    caller: Caller;
    /**
     * Calls services for this request, through their typed clients: within its deadline, for as
     * long as the client is there, in its trace, and once under its `Idempotency-Key`.
     */
    services: Pick<Dispatch, "run">;
  }
}

/** The folders of the gateway's own code: ordinary plugins, then ordinary routes. */
const FOLDERS = ["plugins", "routes"];

/** The gateway's own plugins and routes. They are behind everything that guards the generated ones, and
 * routes with a schema stand in the document of the public API. */
export async function mountOwn(app: FastifyInstance, gateway: Gateway): Promise<void> {
  await app.register(async (own) => {
    own.decorate("gateway", gateway);
    own.decorateRequest("caller");
    own.decorateRequest("services");
    own.addHook("preValidation", async (request, reply) => {
      request.caller = await gateway.authenticate(request.raw);
      const idempotencyKey = keyOf(request, request.caller.subject);
      const context = { signal: leaveSignal(reply), ...(idempotencyKey && { idempotencyKey }) };
      request.services = {
        run: (operation, input, options) =>
          inTrace(request, () =>
            gateway.dispatch.run(operation, input, { ...context, ...options }),
          ),
      };
    });
    await own.register(swagger, {
      openapi: { openapi: "3.1.0" },
      refResolver: {
        buildLocalReference: (schema, _base, _path, index) => String(schema.$id ?? `own-${index}`),
      },
    });
    for (const folder of FOLDERS) {
      const dir = join(gateway.folder, folder);
      if (existsSync(dir)) await own.register(autoload, { dir, forceESM: true });
    }
    mountSystem(app, gateway, () => own.swagger());
  });
}
