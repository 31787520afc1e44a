/** Runs the whole system for development, until Ctrl-C. See `make dev`. */
import { styleText } from "node:util";
import { loadSettings } from "./component.ts";
import { configuredPorts } from "./ports.ts";
import { prepare, ready, start } from "./processes.ts";
import { gateways, reach, services, settings } from "./system.ts";

const READY_MS = 120_000;

async function dev(): Promise<void> {
  loadSettings(settings);
  const components = [...services, ...gateways];
  if (process.env.PORT) {
    const own = gateways.map(({ prefix }) => `${prefix}_PORT=${process.env.PORT}`).join(" or ");
    console.log(`PORT is no setting of the system, and changes nothing: say ${own}`);
  }
  await reach();
  const ports = await configuredPorts(components);
  const output = process.stdout;
  await prepare(components, { ports, output });
  const running = start(components, { command: "dev", ports, output });
  const over = new AbortController();
  for (const gateway of gateways) {
    const url = `http://127.0.0.1:${ports.get(gateway.port)}`;
    ready(url, READY_MS, over.signal).then(
      () => console.log(styleText("bold", `\n${gateway.name} is ready: ${url}/  (Ctrl-C stops)\n`)),
      (error: Error) => {
        if (!over.signal.aborted)
          console.error(`\n${gateway.name} is not ready: ${error.message}\n`);
      },
    );
  }
  await running.ended.finally(() => over.abort());
}

try {
  await dev();
} catch (error) {
  // The process that failed has said why, under its name.
  if (error instanceof Error) console.error(error.message);
  process.exitCode = 1;
}
