import assert from "node:assert/strict";
import { test } from "node:test";
import { OncePerEventInAnyOrder } from "../../src/events/any-order.ts";

test("events that come behind later ones are reported, once", () => {
  const once = new OncePerEventInAnyOrder();
  const ids = ["a-1", "a-4", "a-3", "a-4", "a-3", "a-5", "a-2", "b-7", "b-6", "?"];
  const reported = ids.filter((id) => once.isNew(id));
  assert.deepEqual(reported, ["a-1", "a-4", "a-3", "a-5", "a-2", "b-7", "?"]);
  const far = ["a-9000", "a-7000", "a-8500"].map((id) => once.isNew(id));
  assert.deepEqual(far, [true, false, true]);
});
