/** A steady load of calls, jobs and events, and what became of each. */
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Bridge } from "./bridge.ts";
import { Stream, type StreamEvent } from "./stream.ts";

const CHANNEL = "echo.worked";
/** Milliseconds between two pieces of work; a call and a job in turn. */
const INTERVAL_MS = 40;
/** A client that waits longer gives up. */
const PATIENCE_MS = 15_000;
const AGAIN_MS = 200;

/** A client of events that comes back whenever it is cut off, behind what it has seen. */
export class Follower {
  readonly events: StreamEvent[] = [];
  readonly #stop = new AbortController();
  readonly #listening = Promise.withResolvers<void>();
  readonly #following: Promise<void>;

  constructor(bridge: Bridge, gateway = "gateway") {
    this.#following = this.#follow(bridge, gateway);
  }

  /** Resolves when no event that happens from now on can be missed. */
  get listening(): Promise<void> {
    return this.#listening.promise;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow({ system }: Bridge, gateway: string): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const after = this.events.at(-1)?.id;
      const stream = await Stream.open(system.url(gateway), [CHANNEL], after).catch(
        () => undefined,
      );
      if (stream) {
        stream.keepIn(this.events);
        this.#listening.resolve();
        const leave = () => stream.close();
        signal.addEventListener("abort", leave, { once: true });
        if (signal.aborted) leave();
        await stream.ended.catch(() => undefined);
        signal.removeEventListener("abort", leave);
      }
      await pause(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Sends work as long as it runs: each piece has a name of its own and tells one event. */
export class Load {
  /** Names of the calls that were answered with a result. */
  readonly answered: string[] = [];
  /** Jobs that were accepted, by name. */
  readonly accepted = new Map<string, string>();
  readonly follower: Follower;
  readonly #bridge: Bridge;
  readonly #prefix: string;
  readonly #stop = new AbortController();
  readonly #sending: Promise<void>;

  /** @param prefix What the names begin with */
  constructor(bridge: Bridge, prefix: string) {
    this.#bridge = bridge;
    this.#prefix = prefix;
    this.follower = new Follower(bridge);
    this.#sending = this.#send();
  }

  /** How often each piece of work of this load is told of as done. */
  done(): Map<string, number> {
    return this.#own(this.#bridge.counts("done"));
  }

  /** How often the event of each piece of work was heard. */
  heard(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { channel, data } of this.follower.events) {
      const { name } = data as { name?: string };
      if (channel === CHANNEL && name) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return this.#own(counts);
  }

  /** Sends no more, and waits until all that was sent is answered. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#sending;
  }

  async #send(): Promise<void> {
    const sent: Promise<void>[] = [];
    await Promise.race([this.follower.listening, once(this.#stop.signal, "abort")]);
    for (let number = 0; !this.#stop.signal.aborted; number += 1) {
      sent.push(number % 2 === 0 ? this.#call(number) : this.#job(number));
      await pause(INTERVAL_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
    await Promise.all(sent);
  }

  async #call(number: number): Promise<void> {
    const name = `${this.#prefix}-call-${number}`;
    if ((await this.#ask(name, {}))?.status === 200) this.answered.push(name);
  }

  async #job(number: number): Promise<void> {
    const name = `${this.#prefix}-job-${number}`;
    const answer = await this.#ask(name, { prefer: "respond-async" });
    if (answer?.status === 202)
      this.accepted.set(name, (JSON.parse(answer.text) as { id: string }).id);
  }

  /** The answer, if there is a whole one. */
  async #ask(
    name: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ status: number; text: string } | undefined> {
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const response = await this.#bridge.work({ name, events: 1 }, { headers, signal });
      return { status: response.status, text: await response.text() };
    } catch {
      return undefined;
    }
  }

  #own(counts: ReadonlyMap<string, number>): Map<string, number> {
    return new Map([...counts].filter(([name]) => name.startsWith(`${this.#prefix}-`)));
  }
}
