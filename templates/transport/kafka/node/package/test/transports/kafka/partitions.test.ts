import assert from "node:assert/strict";
import { test } from "node:test";
import { compatibilityPartitioner } from "@platformatic/kafka";

/** From the Java client, `Utils.toPositive(Utils.murmur2(key)) % 12`; the services' tests have the
 * same table. */
const PARTITIONS: Readonly<Record<string, number>> = {
  a: 4,
  "order-1": 10,
  "b1a948e0-aff6-4026-83e8-442bfa3e67d5": 3,
  spiked: 5,
  grüße: 8,
  "🎈": 10,
  "the quick brown fox jumps over the lazy dog": 4,
  "0": 8,
  K7u2vFJmZz0y4mQm3rPkz8b4d1S5f6a7h8j9k0l1m2n: 7,
};

test("a key has the same partition as with every other client of Kafka", () => {
  for (const [key, partition] of Object.entries(PARTITIONS)) {
    const message = { topic: "any", key: Buffer.from(key) };
    assert.equal(compatibilityPartitioner(message, Buffer.from(key)) % 12, partition, key);
  }
});
