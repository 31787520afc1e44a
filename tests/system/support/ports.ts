/** Ports of this machine. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import getPort from "get-port";
import { work } from "./places.ts";

const LOOPBACK = "127.0.0.1";
/** Below those that connections to elsewhere get of the kernel (from 32768 on), which would take the port of a broker
 * before it listens, and below those that a cluster gives to its nodes. */
const [FIRST, END] = [20_000, 30_000];

/** Whether something on this machine listens on a port of its loopback address. */
export async function listens(port: number): Promise<boolean> {
  const socket = connect(port, LOOPBACK);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A port that nothing listens on, and that no other test of this run gets. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    if (await take(port)) return port;
  }
}

/** So many of them. */
export function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, freePort));
}

/** So many of them one after another: `3000`, or `3000-3002`. */
export async function freeRange(count: number): Promise<string> {
  for (;;) {
    const first = randomInt(FIRST, END - count);
    const ports = Array.from({ length: count }, (_, number) => first + number);
    const taken = await Promise.all(ports.map(take));
    if (taken.every(Boolean)) return [first, ...ports.slice(1).slice(-1)].join("-");
  }
}

/** @returns whether the port is free, and the caller's from now on */
async function take(port: number): Promise<boolean> {
  if ((await getPort({ host: LOOPBACK, port })) !== port) return false;
  const folder = join(work, "ports");
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, String(port)), "", { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
