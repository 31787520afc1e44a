import type { TestContext } from "node:test";
import type { FastifyInstance } from "fastify";
import type { OpenAuthentication } from "../src/auth/interface.ts";
import type { Json } from "../src/contract.ts";
import { createApp } from "../src/server/fastify/server.ts";
import { createGateway, type Wiring } from "../src/server/gateway.ts";
import { everybody, type StandIns } from "./contract.ts";
import { TESTING } from "./serve.ts";

export interface AppOptions {
  readonly wiring: Wiring;
  readonly standIns: StandIns;
  /** What the services answer, by service and operation. */
  readonly answers?: Readonly<Record<string, Readonly<Record<string, () => Json>>>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** Who is asking; left out: one client, who may ask for everything. */
  readonly authentication?: OpenAuthentication;
}

/** The application of a gateway, for `app.inject`, with stand-ins of its services; all of it is closed
 * when the test is over. */
export async function openApp(test: TestContext, options: AppOptions): Promise<FastifyInstance> {
  const { wiring, standIns, answers = {} } = options;
  const variables = { ...TESTING };
  for (const { service, prefix } of wiring.links) {
    const standIn = await standIns[service.name]?.(prefix, answers[service.name] ?? {});
    if (!standIn) throw new Error(`nothing stands in for ${service.name}`);
    test.after(() => standIn[Symbol.asyncDispose]());
    Object.assign(variables, standIn.variables);
  }
  const gateway = createGateway(
    { ...variables, ...options.variables },
    { ...wiring, authentication: options.authentication ?? everybody(wiring) },
  );
  const app = await createApp(gateway);
  test.after(async () => {
    await Promise.all([gateway.drain(), app.close()]);
    await gateway.close();
  });
  return app;
}
