import type { IncomingMessage } from "node:http";
import { Problem } from "../calls/problem.ts";
import type { AuthenticationSettings, OpenAuthentication } from "./interface.ts";
import { bearer } from "./jwt/challenge.ts";
import { Provider } from "./jwt/provider.ts";
import { readSettings } from "./jwt/settings.ts";
import { Tickets } from "./jwt/tickets.ts";
import { Tokens } from "./jwt/tokens.ts";

/** Who has an access token of the OpenID provider: `Authorization: Bearer <token>` (RFC 6750). */
export const openAuthentication: OpenAuthentication = (options: AuthenticationSettings) => {
  const { environment, identity, log, rates } = options;
  const settings = readSettings(environment, identity);
  const { issuer, refreshMs, keepMs, ticketKey } = settings;
  const provider = issuer && new Provider({ issuer, refreshMs, keepMs, log });
  const tokens = new Tokens(settings, provider);
  const tickets = new Tickets({ key: ticketKey, identity, rates });

  const authenticate = ({ headers }: IncomingMessage) => {
    const [, token] = BEARER.exec(headers.authorization ?? "") ?? [];
    if (token !== undefined) return tokens.verify(token);
    // Who shows nothing is not told of an error (RFC 6750, 3.1).
    const challenge = `Bearer realm="${identity.system}"`;
    throw new Problem("unauthenticated", "A token is needed", { challenge });
  };

  return {
    authenticate: async (request) => authenticate(request),
    async authenticateStream(request) {
      const ticket = ticketIn(request);
      return ticket === null ? authenticate(request) : tickets.redeem(ticket);
    },
    renew: (token) => tokens.verify(token),
    challenge: (scopes) => bearer("insufficient_scope", { scope: scopes.join(" ") }),
    ...(provider && { health: () => provider.ready() }),
    routes: [
      {
        method: "POST",
        path: "/api/ticket",
        async handle(request, response) {
          const ticket = await tickets.issue(await authenticate(request));
          response.writeHead(200, {
            "content-type": "application/json",
            "cache-control": "no-store",
          });
          response.end(JSON.stringify(ticket));
        },
      },
    ],
  };
};

const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

function ticketIn({ url = "/" }: IncomingMessage): string | null {
  return new URL(url, "http://localhost").searchParams.get("ticket");
}
