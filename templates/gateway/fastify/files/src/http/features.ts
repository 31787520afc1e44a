import type { FastifyInstance, FastifyRequest } from "fastify";
import type { FeatureRoute } from "../core/feature.ts";
import type { Gateway } from "../gateway.ts";
import { leaveSignal } from "./leave.ts";
import { inTrace } from "./observe.ts";

/** The person's own routes (see `src/features`). */
export function mountFeatures(app: FastifyInstance, gateway: Gateway): void {
  for (const feature of gateway.features) {
    app.route<{ Params: Record<string, string> }>({
      method: feature.method,
      url: feature.path,
      handler: async (request, reply) => {
        const { status, headers, body } = await answer(
          feature,
          request,
          leaveSignal(reply),
          gateway,
        );
        return reply
          .code(status ?? 200)
          .headers(headers ?? {})
          .type("application/json")
          .send(JSON.stringify(body));
      },
    });
  }
}

async function answer(
  feature: FeatureRoute,
  request: FastifyRequest<{ Params: Record<string, string> }>,
  signal: AbortSignal,
  gateway: Gateway,
) {
  const caller = await gateway.authenticate(request.raw);
  const { searchParams } = new URL(request.url, "http://gateway");
  const { params, body } = request;
  return inTrace(request, () =>
    feature.handle({ params, query: searchParams, body, caller, signal }),
  );
}
