/** What test files that run side by side share is made before the first of them begins
 * (`node --test --test-global-setup`). */
import { shopWithHandler } from "./support/orders.ts";
import { prepared } from "./support/project.ts";

export async function globalSetup(): Promise<void> {
  await Promise.all([shopWithHandler(), prepared("minimal")]);
}
