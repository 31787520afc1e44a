import { createGateway, type Gateway, type Wiring } from "../src/server/gateway.ts";
import type { LocalService } from "./local.ts";
import { sampleWiring } from "./sample.ts";

/** A gateway without its HTTP side, in front of `service`. */
export function openGateway(
  service: LocalService,
  variables: Readonly<Record<string, string>> = {},
  wiring: Partial<Wiring> = {},
): Gateway & AsyncDisposable {
  const gateway = createGateway(
    { APP_ENV: "test", LOG_LEVEL: "silent", ...variables },
    sampleWiring(() => service, wiring),
  );
  return {
    ...gateway,
    async [Symbol.asyncDispose]() {
      await gateway.drain();
      await gateway.close();
    },
  };
}
