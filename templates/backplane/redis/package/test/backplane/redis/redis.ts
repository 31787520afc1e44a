import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@redis/client";
import { openBackplane } from "../../../src/backplane/redis.ts";
import type { Gateway } from "../../../src/server/gateway.ts";
import { LocalService } from "../../../testing/local.ts";
import { openGateway } from "../../../testing/sample.ts";

export const REDIS = new URL(process.env.REDIS_URL || "redis://127.0.0.1:6379");
REDIS.password ||= process.env.REDIS_PASSWORD ?? "";

/** Why tests of Redis cannot run here, or false. In CI they fail instead of being left out. */
export const skip: string | false =
  process.env.CI === "true" || (await listens(REDIS))
    ? false
    : `no Redis at ${REDIS.host}: start one, or say in REDIS_URL where one is`;

export interface OpenOptions {
  readonly answer?: LocalService["answer"];
  readonly variables?: Readonly<Record<string, string>>;
  readonly through?: Wire;
}

/** Resolves when the gateway's backplane answers. */
export async function connected({ readiness }: Pick<Gateway, "readiness">): Promise<void> {
  while ((await readiness()).checks.backplane !== "ok") await sleep(50);
}

/** A part of the Redis of REDIS_URL that only one test uses. */
export class Shared implements AsyncDisposable {
  readonly namespace = `test-${randomUUID()}`;

  /** A gateway that has it as its backplane, in front of a service that gives `answer`; `through` is
   * the way that it takes to Redis. */
  open({ answer, variables = {}, through }: OpenOptions = {}) {
    const service = new LocalService();
    if (answer) service.answer = answer;
    return openGateway(
      service,
      {
        REDIS_URL: through?.url ?? REDIS.href,
        REDIS_NAMESPACE: this.namespace,
        BACKPLANE_LEASE_MS: "600",
        ...variables,
      },
      { backplane: openBackplane },
    );
  }

  /** Two of them, when they reach each other. */
  async pair(options: OpenOptions = {}) {
    const gateways = [this.open(options), this.open(options)] as const;
    await Promise.all(gateways.map(connected));
    return gateways;
  }

  /** Redis loses all that it knew. */
  async forget(): Promise<void> {
    const client = createClient({ url: REDIS.href });
    await client.connect();
    for await (const keys of client.scanIterator({ MATCH: `{${this.namespace}.*` })) {
      if (keys.length > 0) await client.del(keys);
    }
    await client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.forget();
  }
}

/** A way to Redis that can be cut, and can fall silent. */
export class Wire implements AsyncDisposable {
  readonly #server = createServer((near) => this.#join(near));
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  url = "";

  static async lay(): Promise<Wire> {
    const wire = new Wire();
    wire.#server.listen(0, "127.0.0.1");
    await once(wire.#server, "listening");
    const address = wire.#server.address();
    const url = new URL(REDIS);
    if (typeof address === "object" && address) url.host = `127.0.0.1:${address.port}`;
    wire.url = url.href;
    return wire;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  /** What is connected stays so, and nothing arrives any more. */
  silence(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
  }

  #join(near: Socket): void {
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(REDIS.port) || 6379, REDIS.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.pipe(other);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}

async function listens({ hostname, port }: URL): Promise<boolean> {
  const socket = connect(Number(port) || 6379, hostname);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(1000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
