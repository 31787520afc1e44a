/**
 * Runs tests/e2e against the system at BASE_URL. Without BASE_URL it starts one of its own, on free
 * ports and with an empty store, and stops it in the end. See `make e2e`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Component, loadSettings, root, variables } from "./component.ts";
import { freePorts } from "./ports.ts";
import { prepare, ready, type Surroundings, start } from "./processes.ts";
import { gateways, reach, services, settings } from "./system.ts";

const READY_MS = 120_000;
/** Of what the system said, shown when a test fails. */
const LOG_LINES = 60;

/** Those that may run side by side, and then those that the others would not come through. */
const TESTS = ["tests/e2e/*.test.ts", "tests/e2e/alone/*.test.ts"];

/** The exit code of the tests. */
async function test(baseUrl: string): Promise<number> {
  let failed = 0;
  for (const files of TESTS) {
    const child = spawn(process.execPath, ["--test", files], {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, BASE_URL: baseUrl },
    });
    const [code] = await once(child, "exit");
    failed ||= code ?? 1;
  }
  return failed;
}

/** What services keep goes below `folder` instead of their `data/`, and problems name their trace:
 * with an exporter of spans, even if that is none, requests are traced. */
const keepIn = (folder: string) => (component: Component) => {
  const kept: Record<string, string> = { OTEL_TRACES_EXPORTER: "none" };
  for (const [name, value] of Object.entries(variables(component))) {
    if (value.startsWith("data/")) kept[name] = join(folder, component.name, value);
  }
  return kept;
};

async function testOwnSystem(): Promise<number> {
  loadSettings(settings);
  const components = [...services, ...gateways];
  const [gateway] = gateways;
  if (!gateway) throw new Error("the system has no gateway");
  await reach();
  const folder = await mkdtemp(join(tmpdir(), "e2e-"));
  const logs = join(folder, "system.log");
  const output = createWriteStream(logs);
  const ports = await freePorts(components);
  const surroundings = { ports, output, override: keepIn(folder) };
  let code = 1;
  try {
    await prepare(components, surroundings);
    code = await testStarted(
      components,
      surroundings,
      `http://127.0.0.1:${ports.get(gateway.port)}`,
    );
  } catch (error) {
    console.error("The system did not start:", error instanceof Error ? error.message : error);
  } finally {
    output.end();
  }
  if (code === 0) {
    await rm(folder, { recursive: true });
  } else {
    const lines = (await readFile(logs, "utf8")).split("\n");
    console.error(`\nThe last lines of ${logs}:\n${lines.slice(-LOG_LINES).join("\n")}`);
  }
  return code;
}

async function testStarted(
  components: readonly Component[],
  surroundings: Surroundings,
  url: string,
): Promise<number> {
  const running = start(components, { ...surroundings, command: "start" });
  const over = new AbortController();
  const end = () => over.abort(new Error("one of its processes ended"));
  const ended = running.ended.then(end, end);
  try {
    await ready(url, READY_MS, over.signal);
    console.log(`The system is up at ${url}`);
    return await test(url);
  } finally {
    running.stop();
    await ended;
  }
}

try {
  const { BASE_URL } = process.env;
  process.exitCode = BASE_URL ? await test(BASE_URL) : await testOwnSystem();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
