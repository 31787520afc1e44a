import type { FastifyInstance } from "fastify";

/** `GET /api/services`: what can be asked through this gateway, and what answers at the moment. */
export default async function routes(app: FastifyInstance): Promise<void> {
  app.get("/api/services", { schema }, async () => {
    const { services, readiness } = app.gateway;
    const { checks } = await readiness();
    return services.map(({ name, operations, events }) => ({
      name,
      ready: checks[name] === "ok",
      operations: Object.values(operations)
        .filter((operation) => !operation.internal)
        .map((operation) => operation.name),
      events: [...events],
    }));
  });
}

const strings = { type: "array", items: { type: "string" } };
const schema = {
  summary: "services",
  description: "What can be asked through this gateway, and what answers at the moment.",
  tags: ["system"],
  response: {
    200: {
      description: "Every service behind the gateway.",
      type: "array",
      items: {
        type: "object",
        properties: {
          name: { type: "string" },
          ready: { type: "boolean" },
          operations: strings,
          events: strings,
        },
        required: ["name", "ready", "operations", "events"],
      },
    },
  },
};
