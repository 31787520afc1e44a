/**
 * Instructions in user space of one call over REST, in a Python service and in the gateway, beside what one would
 * write by hand with the same libraries in the same installation.
 *
 * Usage: node tests/bench/instructions.ts PROJECT GATEWAY SERVICE
 *
 * PROJECT is a generated system with everything installed, in which GATEWAY asks SERVICE over REST. callgrind counts
 * (Debian: valgrind), for hardware counters are missing on virtual machines; what it counts does not depend on other
 * work on the machine. Of some rounds the least counts: what timers do, falls into any of them. V8 interprets only: what
 * its compilers make of a function depends on how often it has run, and takes thousands of calls.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const ROUNDS = 16;
const CALLS = 5;
const WARM_UP = 200;
/** Of V8: no thread beside the one that is counted, nothing compiled by how often it has run, and room for all that
 * the calls make, so that what is counted does not depend on when memory is gone through. */
const V8 = [
  ...["--single-threaded", "--no-opt", "--no-maglev", "--no-sparkplug"],
  ...["--hash-seed=1", "--random-seed=1", "--min-semi-space-size=64", "--max-semi-space-size=64"],
];

/** Millions of instructions of a call. */
export interface Counted {
  readonly byHand: number;
  readonly generated: number;
}

/** What runs under callgrind, which counts from `begin` on. */
class Counting {
  readonly child: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), "instructions-"));
  readonly #lines: AsyncIterator<string>;
  #said = "";

  constructor(command: string, args: readonly string[], cwd: string) {
    const valgrind = [
      ...["--tool=callgrind", "--instr-atstart=no", "--dump-before=getpriority"],
      ...[
        `--callgrind-out-file=${join(this.#folder, "out")}`,
        `--vgdb-prefix=${join(this.#folder, "vgdb")}`,
      ],
      `--log-file=${join(this.#folder, "log")}`,
    ];
    const env = { ...process.env, LOG_FORMAT: "json", PYTHONHASHSEED: "0", LOG_LEVEL: "info" };
    const stdio: ["pipe", "ignore", "pipe"] = ["pipe", "ignore", "pipe"];
    this.child = spawn("valgrind", [...valgrind, command, ...args], { cwd, env, stdio });
    const { stderr } = this.child;
    if (!stderr) throw new Error("no standard error");
    this.#lines = createInterface(stderr)[Symbol.asyncIterator]();
  }

  /** What the program says when it is ready. */
  async ready(): Promise<string> {
    for (;;) {
      const { done, value } = await this.#lines.next();
      if (done) throw new Error(`ended before it was ready:\n${this.#said}`);
      if (value.startsWith("ready")) return value;
      this.#said += `${value}\n`;
    }
  }

  async begin(): Promise<void> {
    const args = [`--pid=${this.child.pid}`, `--vgdb-prefix=${join(this.#folder, "vgdb")}`];
    const vgdb = spawn("vgdb", [...args, "instrumentation", "on"], { stdio: "inherit" });
    const [code] = await once(vgdb, "exit");
    if (code !== 0) throw new Error(`vgdb ended with ${code}`);
  }

  /** Reads what was counted between each two marks, and removes it. */
  counted(): Counted {
    const pattern = /^out\.(\d+)$/;
    const numbers = readdirSync(this.#folder).flatMap((name) => pattern.exec(name)?.[1] ?? []);
    const counts = numbers
      .map(Number)
      .toSorted((a, b) => a - b)
      .map((number) => {
        const text = readFileSync(join(this.#folder, `out.${number}`), "utf8");
        return Number(/^totals: (\d+)/m.exec(text)?.[1]) / 1e6;
      });
    // The contestants take turns: up to a mark one call, up to the next one more of them, and a mark in both.
    const least = (first: number) => Math.min(...counts.filter((_, index) => index % 4 === first));
    if (counts.length !== 4 * ROUNDS) throw new Error(`${counts.length} counts`);
    const of = (first: number) => (least(first + 1) - least(first)) / (CALLS - 1);
    return { byHand: of(0), generated: of(2) };
  }

  end(): void {
    this.child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A call in the service, from where the server hands it over to where it takes the answer. */
export async function inService(project: string, service: string): Promise<Counted> {
  const folder = resolve(project, "services", service);
  const program = join(import.meta.dirname, "instructions/service.py");
  const args = [program, WARM_UP, ROUNDS, CALLS].map(String);
  const counting = new Counting(join(folder, ".venv/bin/python"), args, folder);
  try {
    await counting.ready();
    await counting.begin();
    counting.child.stdin?.write("go\n");
    await once(counting.child, "exit");
    return counting.counted();
  } finally {
    counting.end();
  }
}

/** A call in the gateway, from its socket to that of the service and back. */
export async function inGateway(project: string, gateway: string): Promise<Counted> {
  const upstream = createServer((asked, answer) => {
    asked.resume().on("end", () => answer.setHeader("content-type", "application/json").end("{}"));
  });
  upstream.keepAliveTimeout = 600_000;
  await once(upstream.listen(0, "127.0.0.1"), "listening");
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const program = join(import.meta.dirname, "instructions/gateway.ts");
  const args = [...V8, program, resolve(project), gateway, origin];
  const counting = new Counting(process.execPath, args, resolve(project, "services", gateway));
  const agent = new Agent({ keepAlive: true });
  try {
    const [, byHand = "", generated = ""] = (await counting.ready()).split(" ");
    const contestants = [byHand, generated].map((address) => `${address}/api/bench/ping`);
    for (const url of contestants) for (let at = 0; at < WARM_UP; at += 1) await ask(agent, url);
    await counting.begin();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const url of contestants) {
        await ask(agent, url);
        await ask(agent, `${byHand}/mark`, "GET");
        for (let at = 0; at < CALLS; at += 1) await ask(agent, url);
        await ask(agent, `${byHand}/mark`, "GET");
      }
    }
    return counting.counted();
  } finally {
    counting.end();
    agent.destroy();
    upstream.closeAllConnections();
    upstream.close();
  }
}

/** @throws Error where the answer is none */
async function ask(agent: Agent, url: string, method = "POST"): Promise<void> {
  const asked = request(url, { agent, method, headers: { "content-type": "application/json" } });
  asked.end(method === "POST" ? "{}" : undefined);
  const answering = once(asked, "response").catch((error) => {
    // While calls are counted, which takes long, a connection may have been idle for longer than it is kept.
    if (asked.reusedSocket && error.code === "ECONNRESET") return undefined;
    throw error;
  });
  const [answer] = (await answering) ?? [];
  if (!answer) return ask(agent, url, method);
  await once(answer.resume(), "end");
  if (answer.statusCode !== 200) throw new Error(`${url}: status ${answer.statusCode}`);
}

if (import.meta.main) {
  const [project = ".", gateway = "gateway", service = ""] = process.argv.slice(2);
  const sides = { "Node.js": inGateway(project, gateway), Python: inService(project, service) };
  console.log(
    "| | by hand, million instructions | generated | ratio |\n| --- | ---: | ---: | ---: |",
  );
  for (const [name, counting] of Object.entries(sides)) {
    const { byHand, generated } = await counting;
    const ratio = (generated / byHand).toFixed(3);
    console.log(`| ${name} | ${byHand.toFixed(3)} | ${generated.toFixed(3)} | ${ratio} |`);
  }
}
