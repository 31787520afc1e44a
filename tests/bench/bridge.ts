/**
 * Calls per second over each transport, beside the least that one would write by hand.
 *
 * Usage: node tests/bench/bridge.ts TRANSPORT... [--rounds=4] [--seconds=4]
 *
 * Measured from the gateway's client port to the handler and back, in one Node.js process: what is
 * in front of the port (HTTP server, validation, limits) is the same on every transport, and would
 * only hide the differences. Beside it, in turn and in the same run: hand-written programs
 * (`bridge/<transport>.ts` and `.py`) on the same client libraries, in the same installation,
 * without deadline, idempotency, trace, limits, metrics or log. The operation does nothing.
 *
 * For each transport this generates the system of tests/system/bridge.yaml into a temporary folder
 * and installs it; brokers come from `tests/brokers/install`. Prints Markdown tables.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Bridge, bridgeProject } from "../system/support/bridge.ts";
import { Process } from "../system/support/process.ts";
import { type Transport, transports } from "../system/support/transports.ts";
import type { Figures, Order } from "./bridge/worker.ts";
import { median, processorMs, Scope } from "./measure.ts";

const IN_FLIGHT = [1, 16, 256];
const WARM_UP_S = 2;
const CONTESTANTS = ["by hand", "generated"] as const;
type Contestant = (typeof CONTESTANTS)[number];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "4" },
    seconds: { type: "string", default: "4" },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);

/** What a contestant consists of. */
interface Pair {
  readonly node: ChildProcess;
  readonly python: Process;
}

/** What one round showed; microseconds of processor time are those of one call. */
interface Round {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly nodeMicroseconds: number;
  readonly pythonMicroseconds: number;
}

async function measure({ node, python }: Pair, order: Order): Promise<Round> {
  const before = processorMs(python.pid);
  node.send(order);
  const [figures] = (await once(node, "message")) as [Figures];
  const { rate, p50, p99, calls, processor } = figures;
  return {
    ...{ rate, p50, p99 },
    nodeMicroseconds: (1000 * processor) / calls,
    pythonMicroseconds: (1000 * (processorMs(python.pid) - before)) / calls,
  };
}

async function bench(transport: Transport, scope: Scope): Promise<string[]> {
  const { name } = transport;
  const project = await bridgeProject(transport);
  // Beside the generated code, so that both find the same libraries.
  const folder = project.path("services/gateway/bench");
  mkdirSync(folder, { recursive: true });
  for (const file of ["worker.ts", `${name}.ts`]) {
    copyFileSync(join(import.meta.dirname, "bridge", file), join(folder, file));
  }
  const quiet = { LOG_LEVEL: "WARNING", MAX_CONCURRENCY: "512", MAX_QUEUE: "1000" };
  // biome-ignore lint/suspicious/noExplicitAny: the part of a test's context that is used
  const bridge = await Bridge.of(scope as any, transport, { envOf: { echo: quiet } });
  await bridge.system.prepare();
  bridge.system.start("echo");
  await bridge.ready("echo");

  const env = {
    ...process.env,
    ...bridge.system.variables("gateway"),
    ...bridge.system.variables("echo"),
    // A program may be called as the library that it imports.
    PYTHONSAFEPATH: "1",
    BENCH_ADDRESS: bridge.broker?.address ?? "127.0.0.1:4890",
  };
  const python = new Process(
    project.path("services/echo/.venv/bin/python"),
    [join(import.meta.dirname, "bridge", `${name}.py`)],
    { cwd: project.path("services/echo"), env },
  );
  scope.after(() => python.killAll());
  await python.says(/ready/, 30_000);

  const pairs = new Map<Contestant, Pair>();
  for (const contestant of CONTESTANTS) {
    const isGenerated = contestant === "generated";
    const module = isGenerated ? "generated" : name;
    const node = fork(join(folder, "worker.ts"), [module], {
      cwd: project.path("services/gateway"),
      env,
    });
    scope.after(() => node.kill("SIGKILL"));
    pairs.set(contestant, { node, python: isGenerated ? bridge.system.process("echo") : python });
    await once(node, "message");
  }
  const found = new Map<string, Round[]>();
  for (const inFlight of IN_FLIGHT) {
    for (const pair of pairs.values()) await measure(pair, { inFlight, seconds: WARM_UP_S });
    for (let round = 0; round < rounds; round += 1) {
      for (const [contestant, pair] of pairs) {
        const key = `${contestant} ${inFlight}`;
        found.set(key, [...(found.get(key) ?? []), await measure(pair, { inFlight, seconds })]);
      }
    }
  }

  return IN_FLIGHT.map((inFlight) => {
    const of = (contestant: Contestant) => found.get(`${contestant} ${inFlight}`) ?? [];
    const cells = CONTESTANTS.flatMap((contestant) => {
      const middle = (key: keyof Round) => median(of(contestant).map((one) => one[key]));
      return [
        middle("rate").toFixed(0),
        `${middle("p50").toFixed(1)} / ${middle("p99").toFixed(1)}`,
        `${middle("nodeMicroseconds").toFixed(0)} / ${middle("pythonMicroseconds").toFixed(0)}`,
      ];
    });
    const ratios = of("generated").map(({ rate }, at) => rate / (of("by hand")[at]?.rate ?? 0));
    return `| ${name} | ${inFlight} | ${cells.join(" | ")} | ${median(ratios).toFixed(2)} |`;
  });
}

const chosen = transports.filter(
  ({ name }) => positionals.length === 0 || positionals.includes(name),
);
const columns = CONTESTANTS.flatMap((name) => [
  `${name}, calls/s`,
  "p50 / p99, ms",
  "Node.js / Python, µs a call",
]);
console.log(`| transport | in flight | ${columns.join(" | ")} | ratio |`);
console.log(`| --- | ---: | ${columns.map(() => "---:").join(" | ")} | ---: |`);
for (const transport of chosen) {
  const scope = new Scope();
  try {
    for (const line of await bench(transport, scope)) console.log(line);
  } finally {
    await scope.end();
  }
}
