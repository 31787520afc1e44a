/**
 * Events to many sockets, beside a bare loop over `ws` that sends the same bytes.
 *
 * Usage: node tests/bench/realtime.ts [--sockets=10000] [--rate=20] [--rounds=3] [--seconds=10]
 *
 * Every socket receives every event, `rate` of them a second. In turn, in the same run: the generated gateway, whose
 * events come from its service, and `realtime/bare.ts`. Shown are the memory of the gateway while nothing happens, its
 * processor time for an event of one socket, and the time from when an event is asked for to when a socket has it. Needs
 * `ulimit -n` above the number of sockets. Prints a Markdown table of medians.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Bridge, bridgeProject } from "../system/support/bridge.ts";
import { Process } from "../system/support/process.ts";
import { transports } from "../system/support/transports.ts";
import { median, processorMs, Scope } from "./measure.ts";
import type { Figures, Order } from "./realtime/reader.ts";

const { values } = parseArgs({
  options: {
    sockets: { type: "string", default: "10000" },
    rate: { type: "string", default: "20" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "10" },
  },
});
const [sockets, rate, rounds, seconds] = [
  Number(values.sockets),
  Number(values.rate),
  Number(values.rounds),
  Number(values.seconds),
];
const BARE = "127.0.0.1:4895";
/** Characters of filler in an event. */
const SIZE = 100;
const SETTLE_MS = 3000;

/** Where events are asked for, and the process that sends them. */
interface Contestant {
  readonly url: string;
  readonly process: number;
}

interface Round {
  readonly mib: number;
  readonly microseconds: number;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

async function measure({ url, process }: Contestant): Promise<Round> {
  const reader = fork(join(import.meta.dirname, "realtime/reader.ts"));
  const figures = async () => {
    reader.send("figures");
    return ((await once(reader, "message")) as [Figures])[0];
  };
  try {
    await once(reader, "message");
    reader.send({ port: Number(new URL(url).port), sockets } satisfies Order);
    await once(reader, "message");
    await sleep(SETTLE_MS);
    const resident = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${process}/status`, "utf8"));
    const events = async (during: number) => {
      const asked: Promise<unknown>[] = [];
      const end = performance.now() + during * 1000;
      for (let next = performance.now(); next < end; next += 1000 / rate) {
        await sleep(next - performance.now());
        const body = JSON.stringify({ name: String(Date.now()), events: 1, size: SIZE });
        const headers = { "content-type": "application/json" };
        asked.push(fetch(url, { method: "POST", headers, body }).then((one) => one.text()));
      }
      await Promise.all(asked);
    };
    await events(2);
    await figures();
    const [before, began] = [processorMs(process), performance.now()];
    await events(seconds);
    const took = (performance.now() - began) / 1000;
    await sleep(1000);
    const found = await figures();
    return {
      mib: Number(resident?.[1]) / 1024,
      microseconds: (1000 * (processorMs(process) - before)) / found.events,
      rate: found.events / took,
      ...{ p50: found.p50, p99: found.p99 },
    };
  } finally {
    reader.kill("SIGKILL");
    await once(reader, "exit");
    // What the clients left behind is closed.
    await sleep(SETTLE_MS);
  }
}

const scope = new Scope();
try {
  const rest = transports.find(({ name }) => name === "rest");
  if (!rest) throw new Error("there is no rest");
  const room = String(2 * sockets);
  // biome-ignore lint/suspicious/noExplicitAny: the part of a test's context that is used
  const bridge = await Bridge.start(scope as any, rest, {
    envOf: {
      echo: { LOG_LEVEL: "WARNING" },
      gateway: {
        ...{ RATE_LIMIT: "1000000000", REALTIME_CLIENTS: room, REALTIME_PER_CLIENT: room },
        // Whoever reads here answers no pings.
        ...{ EVENT_LOOP_DELAY_MS: "0", REALTIME_HEARTBEAT_MS: "300000", LOG_LEVEL: "warn" },
      },
    },
  });
  const project = await bridgeProject(rest);
  // Beside the generated code, so that both find the same libraries.
  const folder = project.path("services/gateway/bench");
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(import.meta.dirname, "realtime/bare.ts"), join(folder, "bare.ts"));
  const env = { ...process.env, BENCH_GATEWAY: BARE };
  const bare = new Process(process.execPath, [join(folder, "bare.ts")], { cwd: folder, env });
  scope.after(() => bare.killAll());
  await bare.says(/ready/, 60_000);

  const contestants: Readonly<Record<string, Contestant>> = {
    "bare loop": { url: `http://${BARE}/`, process: bare.pid },
    generated: { url: bridge.url("work"), process: bridge.system.process("gateway").pid },
  };
  const found = new Map<string, Round[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, contestant] of Object.entries(contestants))
      found.set(name, [...(found.get(name) ?? []), await measure(contestant)]);
  }
  console.log(
    "| | idle, MiB | µs an event of a socket | events of sockets/s | p50 / p99, ms |\n" +
      "| --- | ---: | ---: | ---: | ---: |",
  );
  for (const [name, all] of found) {
    const middle = (key: keyof Round) => median(all.map((one) => one[key]));
    console.log(
      `| ${name} | ${middle("mib").toFixed(0)} | ${middle("microseconds").toFixed(2)} ` +
        `| ${middle("rate").toFixed(0)} | ${middle("p50").toFixed(0)} / ${middle("p99").toFixed(0)} |`,
    );
  }
  const ratios = (found.get("generated") ?? []).map(
    ({ microseconds }, at) => (found.get("bare loop")?.[at]?.microseconds ?? 0) / microseconds,
  );
  console.log(`\nbare loop / generated, processor time: ${median(ratios).toFixed(2)}`);
} finally {
  await scope.end();
}
