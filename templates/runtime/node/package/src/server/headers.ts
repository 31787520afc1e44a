import { type IncomingHttpHeaders, type IncomingMessage, ServerResponse } from "node:http";
import helmet from "helmet";

/**
 * Security headers of every response, worked out once: none of them depends on the request, and
 * helmet as a middleware would put the same policy together again for each one.
 *
 * Pages load only the gateway's own files, nothing inline; `data:` and `blob:` pictures are answers
 * of operations. What only browsers of the past read is left out.
 *
 * @param isProduction TLS ends at the gateway or in front of it: browsers must insist on it
 */
export function securityHeaders(isProduction: boolean): Readonly<Record<string, string>> {
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:", "blob:"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: isProduction && { maxAge: 31_536_000 },
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xPoweredBy: false,
    xXssProtection: false,
  });
  const request = {} as IncomingMessage;
  const response = new ServerResponse(request);
  protect(request, response, (error) => {
    if (error) throw error;
  });
  return Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}

/** Headers by which proxies and services say to each other who someone is. */
const IDENTITY =
  /^x-(?:user|auth|authenticated|identity|remote|service|forwarded-(?:user|email|groups|access-token|preferred-username))(?:$|-)/;

/**
 * Takes away, in place, what only an inside party may say: nothing behind the gateway can mistake a
 * client's own claim for an identity. `Authorization` stays; the authentication judges it.
 */
export function stripIdentity(headers: IncomingHttpHeaders): void {
  delete headers.caller;
  for (const name of Object.keys(headers)) {
    if (name.startsWith("x-") && IDENTITY.test(name)) delete headers[name];
  }
}
