/** Keeps so many calls in flight for so long, each time that it is told to by its parent. */
import { pino } from "pino";

export interface Order {
  readonly inFlight: number;
  readonly seconds: number;
}

export interface Figures {
  /** Calls per second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly calls: number;
  /** Milliseconds of processor time that this process took for them. */
  readonly processor: number;
}

/** Calls the operation that does nothing. */
export type Ping = () => Promise<unknown>;

/** The generated client port, as the gateway opens it. */
async function generated(): Promise<Ping> {
  const at = (path: string) => import(new URL(`../../../${path}`, import.meta.url).href);
  const runtime = (path: string) => at(`packages/gateway-runtime/src/${path}`);
  await runtime("observability/telemetry.ts");
  const { wiring } = await at("services/gateway/src/wiring.ts");
  const { Environment } = await runtime("server/settings.ts");
  const { openCall } = await runtime("calls/dispatch.ts");
  const [link] = wiring.links;
  const environment = new Environment(process.env);
  const log = pino({ level: "warn" });
  const { identity } = wiring;
  const port = link.connect({ ...link, identity, environment, concurrency: 512, log });
  const { ping } = link.service.operations;
  return async () => {
    const call = openCall({ timeoutMs: 10_000 });
    try {
      return await port.call(ping, {}, call);
    } finally {
      call.close();
    }
  };
}

async function byHand(name: string): Promise<Ping> {
  return (await import(`./${name}.ts`)).connect();
}

async function measure(ping: Ping, { inFlight, seconds }: Order): Promise<Figures> {
  const times: number[] = [];
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const end = begin + seconds * 1000;
  const keepOn = async () => {
    for (let now = performance.now(); now < end; now = performance.now()) {
      await ping();
      times.push(performance.now() - now);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, keepOn));
  const took = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const percentile = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
  return {
    rate: times.length / took,
    p50: percentile(0.5),
    p99: percentile(0.99),
    calls: times.length,
    processor: (user + system) / 1000,
  };
}

const [name = "generated"] = process.argv.slice(2);
const ping = name === "generated" ? await generated() : await byHand(name);
await ping();
process.on("message", async (order: Order) => process.send?.(await measure(ping, order)));
process.send?.("ready");
