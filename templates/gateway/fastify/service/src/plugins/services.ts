import fp from "fastify-plugin";
import { type Services, typedClients } from "../services/index.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The services behind the gateway; each call is bound to the request, see `request.calls`. */
    readonly services: Services;
  }
}

/** `request.services`: typed clients for routes. `fp` lets what a plugin adds hold for all routes. */
export default fp(async (app) => {
  app.decorateRequest("services", {
    getter() {
      return typedClients(this.calls);
    },
  });
});
