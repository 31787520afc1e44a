import type { FastifyInstance } from "fastify";
import type { OpenApiDocument } from "../../calls/validation.ts";

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
