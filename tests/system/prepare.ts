/** What test files that run side by side share is made before the first of them begins
 * (`node --test --test-global-setup`). */
import { bridgeProject } from "./support/bridge.ts";
import { shopWithHandler } from "./support/orders.ts";
import { prepared } from "./support/project.ts";
import { transports } from "./support/transports.ts";

export async function globalSetup(): Promise<void> {
  await Promise.all([...transports.map(bridgeProject), shopWithHandler(), prepared("minimal")]);
}
