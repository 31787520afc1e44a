/**
 * Restarts under a steady load of calls, jobs and events: afterwards all works again without help;
 * where a broker keeps them, no job that was accepted and no event is lost, and none counts twice.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Bridge } from "../support/bridge.ts";
import { Load } from "../support/load.ts";
import { type Transport, transports } from "../support/transports.ts";
import { grows, until } from "../support/until.ts";

/** Calls of the load that are answered before a restart, and after it. */
const STEADY = 25;
/** Longer than clients of a broker keep what they could not send. */
const AWAY_MS = 12_000;

interface Restart {
  readonly name: string;
  readonly of: (bridge: Bridge) => Promise<void>;
  /** Work that is under way may be cut off, and then begun anew. */
  readonly isSudden?: boolean;
}

async function restart({ system }: Bridge, name: string): Promise<void> {
  await system.terminate(name);
  system.start(name);
}

async function kill({ system }: Bridge, name: string): Promise<void> {
  system.process(name).killAll();
  await system.process(name).ended;
  system.start(name);
}

function restartsOf({ broker }: Transport): Restart[] {
  const ends: Restart[] = [
    { name: "the service", of: (bridge) => restart(bridge, "echo") },
    { name: "the gateway", of: (bridge) => restart(bridge, "gateway") },
    { name: "the service, which is killed", of: (bridge) => kill(bridge, "echo"), isSudden: true },
    { name: "the gateway, which is killed", of: (bridge) => kill(bridge, "gateway") },
  ];
  if (!broker) return ends;
  return [
    { name: `${broker}`, of: async (bridge) => bridge.broker?.restart() },
    {
      name: `${broker}, which is away for long`,
      of: async ({ broker: one }) => {
        await one?.stop();
        await pause(AWAY_MS);
        await one?.start();
      },
    },
    {
      name: `${broker}, which is killed`,
      of: async ({ broker: one }) => {
        await one?.kill();
        await one?.start();
      },
    },
    ...ends,
  ];
}

const more = (counts: ReadonlyMap<string, number>) =>
  [...counts].filter(([, count]) => count > 1).map(([name]) => name);

const isNone = ({ length }: readonly string[]) => length === 0;

for (const transport of transports) {
  test(`restarts over ${transport.name}`, async (context) => {
    const bridge = await Bridge.start(context, transport);
    await (await bridge.listen("echo.worked")).close();

    for (const [index, { name, of, isSudden = false }] of restartsOf(transport).entries()) {
      await context.test(`of ${name}`, async (step) => {
        const load = new Load(bridge, `restart-${index}`);
        step.after(async () => {
          await load.stop();
          await load.follower.close();
        });
        const answers = () => load.answered.length;
        await grows("answers", answers, STEADY);
        await of(bridge);
        const begun = performance.now();
        await grows("answers", answers, 1);
        const seconds = ((performance.now() - begun) / 1000).toFixed(1);
        await bridge.ready();
        await grows("answers", answers, STEADY);
        await load.stop();
        const { answered, accepted } = load;
        step.diagnostic(
          `calls answered ${seconds} s after it; ${answered.length} calls, ${accepted.size} jobs`,
        );

        const missing = (names: Iterable<string>, counts: ReadonlyMap<string, number>) =>
          [...names].filter((one) => !counts.has(one));
        assert.deepEqual(missing(answered, load.done()), [], "calls that were answered are done");
        if (transport.keeps) {
          await until("no job is lost", () => missing(accepted.keys(), load.done()), isNone);
          for (const id of accepted.values()) {
            assert.equal((await bridge.finished(id)).status, "succeeded");
          }
        }
        const twice = more(load.done());
        if (!isSudden) assert.deepEqual(twice, [], "work is done twice");
        if (transport.keeps && !isSudden) {
          await until("no event is lost", () => missing(load.done().keys(), load.heard()), isNone);
        }
        assert.deepEqual(
          more(load.heard()).filter((one) => !twice.includes(one)),
          [],
          "events are heard twice",
        );
      });
    }
  });
}
