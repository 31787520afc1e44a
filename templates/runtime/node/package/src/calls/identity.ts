import type { IncomingHttpHeaders } from "node:http";

/** Headers by which proxies and services tell each other who someone is. */
const IDENTITY =
  /^x-(?:user|auth|authenticated|identity|remote|service|forwarded-(?:user|email|groups|access-token|preferred-username))(?:$|-)/;

/**
 * Takes away, in place, what only an inside party may say: nothing behind the gateway can mistake a
 * client's own claim for an identity. `Authorization` stays; the authentication judges it.
 */
export function stripIdentity(headers: IncomingHttpHeaders): void {
  for (const name of Object.keys(headers)) {
    if (name.startsWith("x-") && IDENTITY.test(name)) delete headers[name];
  }
}
