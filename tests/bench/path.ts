/**
 * Requests per second from a client of HTTP through the gateway to the service and back, beside two pairs by hand.
 *
 * Usage: node tests/bench/path.ts [--rounds=4] [--seconds=4]
 *
 * Each pair is Fastify and undici before FastAPI under uvicorn, over REST, in the installation of the generated system:
 * `path/plain.*` without guarantees, `path/careful.*` with what careful people add by hand. All run at the same time
 * and are asked in turn, by autocannon on the same machine. The operation does nothing. Prints a Markdown table of
 * medians; ratios are those of the generated system, round by round.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import autocannon from "autocannon";
import { Bridge, bridgeProject } from "../system/support/bridge.ts";
import { freePort, listens } from "../system/support/ports.ts";
import { Process } from "../system/support/process.ts";
import { transports } from "../system/support/transports.ts";
import { median, processorMs, Scope } from "./measure.ts";

const CONNECTIONS = [1, 16, 256];
const WARM_UP_S = 3;
const HOST = "127.0.0.1";
const BY_HAND = ["plain", "careful"] as const;
type Contestant = (typeof BY_HAND)[number] | "generated";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "4" },
    seconds: { type: "string", default: "4" },
  },
});
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];

/** A gateway and a service: where they are asked, and their processes. */
interface Pair {
  readonly origin: string;
  readonly node: number;
  readonly python: number;
}

/** What a round showed: milliseconds, and microseconds of processor time of one request. */
interface Round {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly node: number;
  readonly python: number;
}

async function measure(pair: Pair, connections: number, duration: number): Promise<Round> {
  const [node, python] = [processorMs(pair.node), processorMs(pair.python)];
  const { requests, latency, non2xx, errors } = await autocannon({
    url: `${pair.origin}/api/echo/ping`,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
    // In a thread of its own: this one reads what the processes write.
    ...{ connections, duration, workers: 1 },
  });
  if (non2xx + errors > 0) throw new Error(`${pair.origin}: ${non2xx} refusals, ${errors} errors`);
  const each = (ms: number) => (1000 * ms) / requests.total;
  return {
    rate: requests.average,
    p50: latency.p50,
    p99: latency.p99,
    node: each(processorMs(pair.node) - node),
    python: each(processorMs(pair.python) - python),
  };
}

async function start(scope: Scope): Promise<Map<Contestant, Pair>> {
  const rest = transports.find(({ name }) => name === "rest");
  if (!rest) throw new Error("there is no rest");
  const project = await bridgeProject(rest);
  const room = { MAX_CONCURRENCY: "512", MAX_QUEUE: "1000", SERVICE_CONCURRENCY: "512" };
  // biome-ignore lint/suspicious/noExplicitAny: the part of a test's context that is used
  const bridge = await Bridge.start(scope as any, rest, {
    env: { LOG_FORMAT: "json", LOG_LEVEL: "info" },
    envOf: {
      echo: { ...room, LOG_LEVEL: "INFO" },
      gateway: { ...room, RATE_LIMIT: "1000000000", EVENT_LOOP_DELAY_MS: "0" },
    },
  });
  // Beside the generated code, so that both find the same libraries.
  const folder = project.path("services/gateway/bench");
  mkdirSync(folder, { recursive: true });
  const echo = project.path("services/echo");
  const run = async (program: readonly string[], cwd: string, port: number, env: object) => {
    const [command = "", ...args] = program;
    const child = new Process(command, args, {
      cwd,
      env: { ...process.env, PYTHONSAFEPATH: "1", NODE_ENV: "production", ...env },
    });
    scope.after(() => child.killAll());
    await child.says(/ready/, 60_000);
    // Uvicorn says nothing when it listens, and ends where it cannot.
    while (!(await listens(port))) {
      if (child.hasEnded) throw new Error(`\`${child.command}\` ended:\n${child.output}`);
      await sleep(100);
    }
    return child.pid;
  };
  const pairs = new Map<Contestant, Pair>();
  for (const name of BY_HAND) {
    const [gateway, service] = [await freePort(), await freePort()];
    const env = { BENCH_GATEWAY: `${HOST}:${gateway}`, BENCH_SERVICE: `${HOST}:${service}` };
    copyFileSync(join(import.meta.dirname, `path/${name}.ts`), join(folder, `${name}.ts`));
    const program = join(import.meta.dirname, `path/${name}.py`);
    pairs.set(name, {
      origin: `http://${env.BENCH_GATEWAY}`,
      python: await run([join(echo, ".venv/bin/python"), program], echo, service, env),
      node: await run([process.execPath, join(folder, `${name}.ts`)], folder, gateway, env),
    });
  }
  return pairs.set("generated", {
    origin: bridge.system.url(),
    node: bridge.system.process("gateway").pid,
    python: bridge.system.process("echo").pid,
  });
}

const scope = new Scope();
try {
  const pairs = await start(scope);
  console.log(
    "| connections | | requests/s | p50 / p99, ms | Node.js / Python, µs a request | ratio |\n" +
      "| ---: | --- | ---: | ---: | ---: | ---: |",
  );
  for (const connections of CONNECTIONS) {
    const found = new Map<Contestant, Round[]>();
    for (const pair of pairs.values()) await measure(pair, connections, WARM_UP_S);
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, pair] of pairs)
        found.set(name, [...(found.get(name) ?? []), await measure(pair, connections, seconds)]);
    }
    for (const [name, all] of found) {
      const middle = (key: keyof Round) => median(all.map((one) => one[key]));
      const ratios = all.map(({ rate }, at) => (found.get("generated")?.[at]?.rate ?? 0) / rate);
      console.log(
        `| ${connections} | ${name} | ${middle("rate").toFixed(0)} ` +
          `| ${middle("p50").toFixed(1)} / ${middle("p99").toFixed(1)} ` +
          `| ${middle("node").toFixed(0)} / ${middle("python").toFixed(0)} ` +
          `| ${name === "generated" ? "" : median(ratios).toFixed(2)} |`,
      );
    }
  }
} finally {
  await scope.end();
}
