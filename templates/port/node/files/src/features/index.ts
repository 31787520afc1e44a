import type { Features } from "../core/feature.ts";
import { servicesRoute } from "./services.ts";

/**
 * Your own routes. Call services through their typed clients:
 *
 *     import { vision } from "../contracts/index.ts";
 *     const { label } = await vision.client(dispatch).predict({ pixels }, { signal });
 *
 * with the names of your own services.
 */
export const features: Features = (context) => [servicesRoute(context)];
