/** The projects of all transports, which the test files of this folder share. */
import { bridgeProject } from "../support/bridge.ts";
import { transports } from "../support/transports.ts";

export async function globalSetup(): Promise<void> {
  await Promise.all(transports.map((transport) => bridgeProject(transport)));
}
