/** The API reference: Swagger UI on the gateway's own OpenAPI document. */

import { authorization } from "./openapi.ts";

// What swagger-ui-bundle.js defines.
declare const SwaggerUIBundle: (options: Record<string, unknown>) => unknown;

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

SwaggerUIBundle({
  dom_id: "#reference",
  url: "/openapi.json",
  deepLinking: true,
  displayRequestDuration: true,
  // What was said on the front page holds here, unless the page itself is told.
  requestInterceptor: (request: { headers: Record<string, string> }) => {
    const said = Object.keys(request.headers).some((name) => /^authorization$/i.test(name));
    if (!said) Object.assign(request.headers, authorization());
    return request;
  },
  // Schemas are shown where they are used, and listed closed.
  defaultModelsExpandDepth: 0,
  // It would send the document to a service of Swagger's.
  validatorUrl: null,
});
