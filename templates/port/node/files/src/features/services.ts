import type { FeatureContext, FeatureRoute } from "../core/feature.ts";
import type { Json } from "../core/ports.ts";

/** `GET /api/services`: what can be asked through this gateway, and what answers at the moment. */
export function servicesRoute({ services, readiness }: FeatureContext): FeatureRoute {
  return {
    method: "GET",
    path: "/api/services",
    async handle() {
      const { checks } = await readiness();
      const body: Json = services.map(({ name, operations, events }) => ({
        name,
        ready: checks[name] === "ok",
        operations: Object.values(operations)
          .filter((operation) => !operation.internal)
          .map((operation) => operation.name),
        events: [...events],
      }));
      return { body };
    },
  };
}
