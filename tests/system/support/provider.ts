/** A certified OpenID provider, where clients get tokens: the one that generated tests have, too. */
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import type { Identity } from "./certificates.ts";
import { answerOf } from "./client.ts";
import type { Project } from "./project.ts";

/** By which its tokens name the system; those of RFC 8707 are addresses. */
export const AUDIENCE = "urn:members";
/** This machine, as containers call it. */
export const DOCKER_HOST = "host.docker.internal";

const SCOPES = "orders:read orders:write";
const SECRET = "known-to-the-client";
/** Seconds that a token holds. */
const USUAL_S = 600;

type OidcProvider = new (issuer: string, configuration: object) => { callback(): RequestListener };
type Server = ReturnType<typeof createServer | typeof createSecureServer>;

/** Tokens for its clients `ann` and `bob`, by the grant for programs (RFC 6749, 4.4). */
export class Provider {
  /** As its tokens name it, and as gateways reach it. */
  readonly issuer: string;
  readonly #address: string;
  /** Seconds that the next tokens hold. */
  #seconds = USUAL_S;

  private constructor(issuer: string, address: string) {
    this.issuer = issuer;
    this.#address = address;
  }

  /**
   * Starts one, until the end of the test.
   *
   * @param project One that has everything installed
   * @param reached How gateways that are no processes of this machine call it, and whom they must
   * trust; left out: there are none
   */
  static async start(
    test: { after(end: () => void): void },
    project: Project,
    reached?: { readonly host: string; readonly identity: Identity },
  ): Promise<Provider> {
    const [own, address] = await listen(test, createServer(), "127.0.0.1");
    const servers = [own];
    let issuer = `http://127.0.0.1:${address.port}`;
    if (reached) {
      const { host, identity } = reached;
      const [cert, key] = [readFileSync(identity.certificate), readFileSync(identity.key)];
      const [secure, { port }] = await listen(test, createSecureServer({ cert, key }), "0.0.0.0");
      servers.push(secure);
      issuer = `https://${host}:${port}`;
    }
    const provider = new Provider(issuer, `http://127.0.0.1:${address.port}`);
    const packages = createRequire(project.path("packages/gateway-runtime/package.json"));
    const { default: Oidc } = (await import(
      pathToFileURL(packages.resolve("oidc-provider")).href
    )) as { default: OidcProvider };
    const answer = new Oidc(
      issuer,
      configuration(() => provider.#seconds),
    ).callback();
    for (const server of servers) server.on("request", answer);
    return provider;
  }

  /** The variables of gateways that trust it. */
  get variables() {
    return { AUTH_ISSUER: this.issuer, AUTH_AUDIENCE: AUDIENCE };
  }

  /** A token for a client. */
  async token(client: "ann" | "bob", { scope = SCOPES, seconds = USUAL_S } = {}): Promise<string> {
    this.#seconds = seconds;
    const response = await fetch(`${this.#address}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${client}:${SECRET}`)}` },
      body: new URLSearchParams({ grant_type: "client_credentials", resource: AUDIENCE, scope }),
    });
    return (await answerOf<{ access_token: string }>(response)).access_token;
  }

  /** What a client shows. */
  async shown(...of: Parameters<Provider["token"]>): Promise<{ authorization: string }> {
    return { authorization: `Bearer ${await this.token(...of)}` };
  }
}

async function listen(
  test: { after(end: () => void): void },
  server: Server,
  host: string,
): Promise<[Server, AddressInfo]> {
  await once(server.listen(0, host), "listening");
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return [server, server.address() as AddressInfo];
}

function configuration(seconds: () => number) {
  const client = (id: string) => ({
    client_id: id,
    client_secret: SECRET,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
  });
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "first", use: "sig" }] },
    clients: [client("ann"), client("bob")],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context: unknown, audience: string) => ({
          audience,
          scope: SCOPES,
          accessTokenFormat: "jwt",
          accessTokenTTL: seconds(),
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  };
}
