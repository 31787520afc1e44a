import { createGateway, type Gateway, type Wiring } from "../src/server/gateway.ts";

/** A gateway on a free port of the loopback. */
export interface Served extends AsyncDisposable {
  readonly origin: string;
  readonly gateway: Gateway;
  /** `fetch` with a JSON body. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** Starts a gateway as `run` does, in this process and without its signals. */
export async function serve(
  wiring: Wiring,
  variables: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const gateway = createGateway(
    { APP_ENV: "test", LOG_LEVEL: "silent", PORT: "0", ...variables },
    wiring,
  );
  const server = await wiring.server(gateway);
  const origin = await server.listen();
  return {
    origin,
    gateway,
    post: (path, body, headers) =>
      fetch(`${origin}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all([gateway.drain(), server.close()]);
      await gateway.close();
    },
  };
}
