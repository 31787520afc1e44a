import assert from "node:assert/strict";
import { test } from "node:test";
import { OncePerEvent } from "../../src/transports/replicas/duplicates.ts";

test("events that come twice are told once, for each log that they are of", () => {
  const once = new OncePerEvent();
  const told = ["a-1", "a-2", "a-1", "b-1", "a-2", "a-3", "b-1", "?"].map((id) => once.isNew(id));
  assert.deepEqual(told, [true, true, false, true, false, true, false, true]);
  assert.deepEqual([once.knows("b"), once.knows("c")], [true, false]);
});
