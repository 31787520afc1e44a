import type { FastifyInstance } from "fastify";
import type { OpenApiDocument } from "../../calls/validation.ts";

/** What the document of the public API is called among the schemas of the routes. */
export const DOCUMENT = "openapi.json";

/** Makes the schemas of the public API known to the routes: what a route sends is what they name. */
export function addSchemas(app: FastifyInstance, { components }: OpenApiDocument): void {
  app.addSchema({ $id: DOCUMENT, components });
}

/** A reference to one of them. */
export function schemaOf(name: string): { $ref: string } {
  return { $ref: `${DOCUMENT}#/components/schemas/${name}` };
}
