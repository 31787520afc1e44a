import type { IncomingMessage } from "node:http";
import pino from "pino";
import type { Authentication, AuthenticationSettings } from "../../../src/auth/interface.ts";
import { openAuthentication } from "../../../src/auth/jwt.ts";
import { Environment } from "../../../src/server/settings.ts";
import { AUDIENCE } from "./provider.ts";

export const identity = { system: "demo", name: "gateway" };

/** The authentication of a gateway that trusts `issuer`. */
export function open(
  variables: Readonly<Record<string, string>>,
  settings: Partial<AuthenticationSettings> = {},
): Authentication {
  const environment = new Environment({
    APP_ENV: "test",
    AUTH_AUDIENCE: AUDIENCE,
    ...variables,
  });
  const log = pino({ level: "silent" });
  const authentication = openAuthentication({ environment, identity, log, ...settings });
  environment.check();
  return authentication;
}

/** A request as `authenticate` sees it. */
export function request(
  headers: Readonly<Record<string, string>> = {},
  url = "/",
): IncomingMessage {
  return { headers, url } as unknown as IncomingMessage;
}

/** A request that shows a token. */
export function showing(token: string): IncomingMessage {
  return request({ authorization: `Bearer ${token}` });
}
