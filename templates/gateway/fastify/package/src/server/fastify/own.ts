import { existsSync } from "node:fs";
import { join } from "node:path";
import autoload from "@fastify/autoload";
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import type { Gateway } from "../gateway.ts";
import { DOCUMENT } from "./routes.ts";

/** What the gateway's own routes add to the document of the API. */
export interface OwnDocument {
  readonly paths?: object | undefined;
  readonly schemas?: object | undefined;
}

/** The plugins of `src/plugins`. What they add to the application holds for all routes. */
export async function loadPlugins(app: FastifyInstance, { folder }: Gateway): Promise<void> {
  await load(app, join(folder, "plugins"));
}

/**
 * The routes of `src/routes`, behind the same guards as the generated ones.
 *
 * @returns What their schemas say, once the application is ready.
 */
export async function loadRoutes(
  app: FastifyInstance,
  { folder }: Gateway,
): Promise<() => OwnDocument> {
  await app.register(swagger, {
    openapi: { openapi: "3.1.0" },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) => nameOf(schema, index),
    },
  });
  await load(app, join(folder, "routes"));
  return () => {
    // Schemas of the contract stand in the document already, under their own names.
    const known = `#/components/schemas/${DOCUMENT}/components/schemas/`;
    const text = JSON.stringify(app.swagger()).replaceAll(known, "#/components/schemas/");
    const { paths, components } = JSON.parse(text) as {
      paths?: object;
      components?: { schemas?: Record<string, object> };
    };
    const { [DOCUMENT]: _, ...schemas } = components?.schemas ?? {};
    return { paths, schemas };
  };
}

function nameOf({ $id }: { readonly $id?: unknown }, index: number): string {
  return typeof $id === "string" ? $id : `own-${index}`;
}

async function load(app: FastifyInstance, dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  await app.register(autoload, { dir, forceESM: true, autoHooks: true, cascadeHooks: true });
}
