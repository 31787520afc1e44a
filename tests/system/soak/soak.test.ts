/**
 * A steady load for an hour, or for SOAK_MINUTES, over every transport side by side: nothing is lost, and neither
 * memory nor handles grow. What was used when goes into `<SOAK_FOLDER>/usage.csv`, which `plot.py` draws.
 */
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { suite, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Bridge } from "../support/bridge.ts";
import { Load } from "../support/load.ts";
import { transports } from "../support/transports.ts";
import { usageOf } from "../support/usage.ts";

const MINUTES = Number(process.env.SOAK_MINUTES ?? 60);
const FOLDER = resolve(process.env.SOAK_FOLDER ?? "soak");
const FILE = join(FOLDER, "usage.csv");
const PARTS = ["gateway", "echo"] as const;
const SAMPLES = 240;
/** What the last quarter may have more than the second one. */
const GROWTH = 1.25;
/** Heaps and pools breathe: that much is no growth. */
const BREATH = { bytes: 16 * 1024 * 1024, handles: 16 };

type Sample = ReturnType<typeof usageOf>;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function doesNotGrow(samples: readonly Sample[], what: keyof Sample, of: string): void {
  const quarter = Math.floor(samples.length / 4);
  const of2 = median(samples.slice(quarter, 2 * quarter).map((sample) => sample[what]));
  const of4 = median(samples.slice(-quarter).map((sample) => sample[what]));
  assert.ok(of4 <= GROWTH * of2 + BREATH[what], `${what} of ${of} grew from ${of2} to ${of4}`);
}

mkdirSync(FOLDER, { recursive: true });
writeFileSync(FILE, "minutes,transport,part,bytes,handles\n");

suite(`${MINUTES} minutes of steady load`, { concurrency: true }, () => {
  for (const transport of transports) {
    test(`over ${transport.name}`, async (context) => {
      const bridge = await Bridge.start(context, transport);
      const load = new Load(bridge, "soak");
      const samples = new Map(PARTS.map((name) => [name, [] as Sample[]]));
      const begun = performance.now();
      for (let number = 0; number < SAMPLES; number += 1) {
        await pause((MINUTES * 60_000) / SAMPLES);
        const minutes = ((performance.now() - begun) / 60_000).toFixed(2);
        for (const [name, its] of samples) {
          const usage = usageOf(bridge.system.process(name).pid);
          its.push(usage);
          const row = [minutes, transport.name, name, usage.bytes, usage.handles];
          appendFileSync(FILE, `${row.join(",")}\n`);
        }
      }
      await load.stop();
      const { answered, accepted } = load;
      // What finished longest ago is not known any more: that it was done is in the journal.
      const before = load.done();
      for (const [name, id] of accepted) {
        if (before.get(name) === 1) continue;
        assert.equal((await bridge.finished(id)).status, "succeeded", name);
      }
      const done = load.done();
      const lost = [...answered, ...accepted.keys()].filter((name) => !done.has(name));
      context.diagnostic(`${answered.length} calls, ${accepted.size} jobs, ${lost.length} lost`);
      await load.follower.close();
      assert.ok(answered.length > 0 && accepted.size > 0);
      assert.deepEqual(lost, []);
      for (const [name, its] of samples) {
        doesNotGrow(its, "bytes", name);
        doesNotGrow(its, "handles", name);
      }
    });
  }
});
