/**
 * Processor time of answers in parts, beside the least that one would write by hand.
 *
 * Usage: node tests/bench/streams.ts TRANSPORT... [--streams=1000] [--rate=20] [--rounds=3] [--seconds=15]
 *
 * So many answers at once, each of which gives `rate` parts a second, from the handler in Python through the gateway to
 * a client of HTTP. In turn, in the same run: the generated system, and two programs by hand (`streams/gateway.ts`:
 * Fastify, with `streams/<transport>.ts`, before `streams/<transport>.py`) on the same libraries in the same
 * installation, over the same broker, without validation, deadlines, limits, idempotency, trace, metrics or log. What
 * is compared is the processor time of gateway and service for a part, which says the same on a machine that does not
 * keep up. Prints a Markdown table of medians.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Bridge, bridgeProject } from "../system/support/bridge.ts";
import { Process } from "../system/support/process.ts";
import { type Transport, transports } from "../system/support/transports.ts";
import { median, processorMs, Scope } from "./measure.ts";
import type { Count, Order } from "./streams/reader.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    streams: { type: "string", default: "1000" },
    rate: { type: "string", default: "20" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "15" },
  },
});
const [streams, rate, rounds, seconds] = [
  Number(values.streams),
  Number(values.rate),
  Number(values.rounds),
  Number(values.seconds),
];
/** By hand, where it listens. */
const GATEWAY = "127.0.0.1:4891";
const SERVICE = "127.0.0.1:4892";
const ROOM = String(2 * streams);

/** A gateway and a service. */
interface Pair {
  readonly origin: string;
  readonly node: number;
  readonly python: number;
}

/** Microseconds of processor time for a part, and parts a second. */
interface Round {
  readonly node: number;
  readonly python: number;
  readonly rate: number;
}

async function measure(pair: Pair): Promise<Round> {
  const reader = fork(join(import.meta.dirname, "streams/reader.ts"));
  try {
    await said(reader);
    const order: Order = { origin: pair.origin, streams, words: 1e6, seconds: 1 / rate };
    reader.send(order);
    await said(reader);
    const [before, node, python] = [
      await count(reader),
      processorMs(pair.node),
      processorMs(pair.python),
    ];
    const started = performance.now();
    await sleep(seconds * 1000);
    const parts = (await count(reader)) - before;
    const each = (ms: number) => (1000 * ms) / parts;
    return {
      node: each(processorMs(pair.node) - node),
      python: each(processorMs(pair.python) - python),
      rate: (1000 * parts) / (performance.now() - started),
    };
  } finally {
    reader.kill("SIGKILL");
    await once(reader, "exit");
    // What the clients left behind is closed.
    await sleep(2000);
  }
}

async function count(reader: ChildProcess): Promise<number> {
  reader.send("count");
  return (await said(reader)).parts;
}

/** What a reader sends next. @throws Error when it ends: it has said why */
async function said(reader: ChildProcess): Promise<Count> {
  const ended = new AbortController();
  const end = () => ended.abort(new Error("the reader has ended"));
  reader.once("exit", end);
  try {
    const [message] = (await once(reader, "message", { signal: ended.signal })) as [Count];
    return message;
  } finally {
    reader.off("exit", end);
  }
}

async function bench(transport: Transport, scope: Scope): Promise<string> {
  const room = {
    ...{ RATE_LIMIT: "1000000", REALTIME_CLIENTS: ROOM, REALTIME_PER_CLIENT: ROOM },
    ...{
      STREAM_CONCURRENCY: ROOM,
      MAX_STREAMS: ROOM,
      MAX_CONNECTIONS: ROOM,
      EVENT_LOOP_DELAY_MS: "0",
    },
  };
  // biome-ignore lint/suspicious/noExplicitAny: the part of a test's context that is used
  const bridge = await Bridge.start(scope as any, transport, {
    envOf: { echo: { ...room, LOG_LEVEL: "WARNING" }, gateway: { ...room, LOG_LEVEL: "warn" } },
  });
  const project = await bridgeProject(transport);
  // Beside the generated code, so that both find the same libraries.
  const folder = project.path("services/gateway/bench");
  mkdirSync(folder, { recursive: true });
  for (const file of ["gateway.ts", "events.ts", `${transport.name}.ts`]) {
    copyFileSync(join(import.meta.dirname, "streams", file), join(folder, file));
  }
  const env = {
    ...process.env,
    BENCH_BROKER: bridge.broker?.address ?? "",
    PYTHONSAFEPATH: "1",
    BENCH_GATEWAY: GATEWAY,
    BENCH_SERVICE: SERVICE,
  };
  const start = async (command: string, args: readonly string[], cwd: string) => {
    const started = new Process(command, args, { cwd, env });
    scope.after(() => started.killAll());
    await started.says(/ready/, 30_000);
    return started;
  };
  const echo = project.path("services/echo");
  const service = join(import.meta.dirname, "streams", `${transport.name}.py`);
  const python = await start(join(echo, ".venv/bin/python"), [service], echo);
  const node = await start(process.execPath, [join(folder, "gateway.ts"), transport.name], folder);
  const hand = { origin: `http://${GATEWAY}`, node: node.pid, python: python.pid };
  const generated = {
    origin: bridge.system.url(),
    node: bridge.system.process("gateway").pid,
    python: bridge.system.process("echo").pid,
  };
  const found: [Round, Round][] = [];
  for (let round = 0; round < rounds; round += 1)
    found.push([await measure(hand), await measure(generated)]);
  const cells = [0, 1].flatMap((at) => {
    const middle = (key: keyof Round) =>
      median(found.map((pair) => pair[at]?.[key] ?? Number.NaN)).toFixed(0);
    return [`${middle("node")} / ${middle("python")}`, middle("rate")];
  });
  const ratios = found.map(([one, other]) => (one.node + one.python) / (other.node + other.python));
  return `| ${transport.name} | ${cells.join(" | ")} | ${median(ratios).toFixed(2)} |`;
}

const columns = ["by hand", "generated"].flatMap((name) => [
  `${name}, Node.js / Python, µs a part`,
  "parts/s",
]);
console.log(`| transport | ${columns.join(" | ")} | ratio |`);
console.log(`| --- | ${columns.map(() => "---:").join(" | ")} | ---: |`);
for (const transport of transports) {
  if (positionals.length > 0 && !positionals.includes(transport.name)) continue;
  if (!existsSync(join(import.meta.dirname, `streams/${transport.name}.ts`))) {
    console.error(`${transport.name}: no pair by hand yet`);
    continue;
  }
  const scope = new Scope();
  try {
    console.log(await bench(transport, scope));
  } finally {
    await scope.end();
  }
}
