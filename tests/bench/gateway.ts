/**
 * Requests per second of a generated gateway, beside a hand-written proxy to the same service.
 *
 * Usage: node tests/bench/gateway.ts PROJECT [ROUNDS]
 *
 * PROJECT is a generated default system with everything installed and trained (`make prepare`). The
 * two are asked in turn, several rounds, by autocannon on the same machine: whoever measures shares
 * the processors with what is measured. Prints a Markdown table of the medians.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import autocannon from "autocannon";

const [project = ".", rounds = "5"] = process.argv.slice(2);
const services = resolve(project, "services");
const ports = { vision: 4801, trends: 4802, gateway: 4803, proxy: 4804 };
const at = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}`;
const openapi = JSON.parse(readFileSync(join(services, "gateway/openapi.json"), "utf8"));
const pixels = openapi.components.schemas.VisionPredictInput.properties.pixels.examples[0];
const body = JSON.stringify({ pixels });

const running: ChildProcess[] = [];

function start(folder: string, command: string, args: string[], env: Record<string, string>): void {
  const options = { cwd: folder, env: { ...process.env, ...env }, stdio: "ignore" as const };
  running.push(spawn(command, args, options));
}

function python(name: "vision" | "trends"): void {
  const folder = join(services, name);
  const env = { PORT: String(ports[name]), LOG_LEVEL: "WARNING", MAX_QUEUE: "1000" };
  start(folder, join(folder, ".venv/bin/python"), ["-m", name], env);
}

async function ready(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) return;
    await sleep(100);
  }
  throw new Error(`${url} does not answer`);
}

interface Figures {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

async function measure(name: "gateway" | "proxy", seconds: number): Promise<Figures> {
  const result = await autocannon({
    url: `${at(name)}/api/vision/predict`,
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    connections: 32,
    duration: seconds,
  });
  if (result.non2xx > 0) throw new Error(`${name}: ${result.non2xx} answers were refusals`);
  return { rate: result.requests.average, p50: result.latency.p50, p99: result.latency.p99 };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

try {
  python("vision");
  python("trends");
  start(
    join(services, "gateway"),
    process.execPath,
    ["--import", "./src/telemetry.ts", "src/main.ts"],
    {
      PORT: String(ports.gateway),
      LOG_FORMAT: "json",
      RATE_LIMIT: "1000000000",
      VISION_URL: at("vision"),
      TRENDS_URL: at("trends"),
    },
  );
  start(import.meta.dirname, process.execPath, ["proxy.ts"], {
    PORT: String(ports.proxy),
    UPSTREAM: at("vision"),
  });
  await Promise.all([ready(`${at("vision")}/livez`), ready(`${at("trends")}/livez`)]);
  await Promise.all([ready(`${at("gateway")}/livez`), ready(`${at("proxy")}/`)]);
  await measure("proxy", 3);
  await measure("gateway", 3);
  const found: Record<"gateway" | "proxy", Figures[]> = { gateway: [], proxy: [] };
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const name of ["proxy", "gateway"] as const) found[name].push(await measure(name, 8));
  }
  console.log("| | requests/s | p50 ms | p99 ms |\n| --- | ---: | ---: | ---: |");
  for (const name of ["proxy", "gateway"] as const) {
    const middle = (key: keyof Figures) =>
      Math.round(median(found[name].map((figures) => figures[key])));
    console.log(`| ${name} | ${middle("rate")} | ${middle("p50")} | ${middle("p99")} |`);
  }
  const ratios = found.gateway.map(
    ({ rate }, round) => rate / (found.proxy[round]?.rate ?? Number.NaN),
  );
  console.log(`\ngateway / proxy, median of ${rounds} rounds: ${median(ratios).toFixed(2)}`);
} finally {
  for (const child of running) child.kill("SIGTERM");
}
