import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import OidcProvider, { type Configuration } from "oidc-provider";

/** How this system is called where tokens are made for it. */
export const AUDIENCE = "urn:demo";

const CLIENT = { id: "ann", secret: "anns-own-secret" };

/** A certified OpenID provider on a port of the loopback, which can be stopped, and started again with
 * other keys. */
export class RealProvider implements AsyncDisposable {
  #server: Server | undefined;
  #port = 0;
  /** The newest first: the one that it signs with. */
  readonly keys: JWK[] = [];
  /** How often its keys were asked for. */
  asked = 0;

  /** Starts one; it is stopped at the end of the test. */
  static async start(test: TestContext): Promise<RealProvider> {
    const provider = new RealProvider();
    await provider.addKey("first");
    await provider.start();
    test.after(() => provider[Symbol.asyncDispose]());
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** From its next start on it signs with a new key. */
  async addKey(kid: string): Promise<void> {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    this.keys.unshift({ ...(await exportJWK(privateKey)), kid, use: "sig", alg: "RS256" });
  }

  async start(): Promise<void> {
    const server = createServer();
    await once(server.listen(this.#port, "127.0.0.1"), "listening");
    this.#port = (server.address() as AddressInfo).port;
    const provider = new OidcProvider(this.issuer, configuration(this.keys));
    const answer = provider.callback();
    server.on("request", (request, response) => {
      if (request.url === "/jwks") this.asked += 1;
      void answer(request, response);
    });
    this.#server = server;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** A token of the provider for a client that knows its secret (RFC 6749, 4.4). */
  async token({ audience = AUDIENCE, scope = "" } = {}): Promise<string> {
    const response = await fetch(`${this.issuer}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}` },
      body: new URLSearchParams({ grant_type: "client_credentials", resource: audience, scope }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    return token;
  }

  /** A token signed with its newest key that says whatever a test wants. */
  async sign(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) {
    const [key] = this.keys;
    if (!key) throw new Error("the provider has no key");
    const now = Math.floor(Date.now() / 1000);
    const standard = { iss: this.issuer, aud: AUDIENCE, sub: "ann", iat: now, exp: now + 60 };
    return new SignJWT({ ...standard, ...claims })
      .setProtectedHeader({ alg: "RS256", typ: "at+jwt", kid: key.kid ?? "", ...header })
      .sign(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function configuration(keys: readonly JWK[]): Configuration {
  return {
    jwks: { keys: [...keys] as never },
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    ttl: { ClientCredentials: 600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, audience) => ({
          audience,
          scope: "orders:read orders:write",
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  };
}
