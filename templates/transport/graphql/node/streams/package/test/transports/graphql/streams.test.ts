import assert from "node:assert/strict";
import { test } from "node:test";
import { itemReader } from "../../../src/transports/graphql/streams.ts";
import { standIn, wiring } from "../../../testing/stand-ins/graphql-streams.ts";
import { testStreams } from "../../../testing/transports/streams.ts";

testStreams({ wiring, standIn });

const asked = { document: "", part: "GrowPart", output: "GrowOutput" };
const contract = {
  operations: { grow: asked },
  events: { document: "", types: {} },
  records: {
    GrowPart: { tree: { record: "Tree", optional: true }, counts: { map: {} } },
    Tree: { below: { record: "Tree", optional: true } },
  },
};

/** What is read of a result. */
function readOf(result: object) {
  const read = itemReader(contract, "grow", asked);
  return read({ event: "next", id: undefined, data: JSON.stringify(result) }, "sample");
}

test("an item is what GraphQL says in other words", () => {
  const part = { tree: { below: null }, counts: [{ key: "a", value: 1 }] };
  assert.deepEqual(readOf({ data: { grow: { part, output: null } } }), {
    part: { tree: {}, counts: { a: 1 } },
  });
  assert.deepEqual(readOf({ data: { grow: { part: null, output: {} } } }), { output: {} });
});

test("a part that is deeper than its document is no half of it", () => {
  const part = { tree: { below: { __typename: "Tree" } }, counts: [] };
  assert.throws(() => readOf({ data: { grow: { part, output: null } } }), { code: "internal" });
});

test("what is neither a part nor the output is passed over", () => {
  assert.equal(readOf({ data: { grow: { part: null, output: null, hint: 1 } } }), undefined);
  const read = itemReader(contract, "grow", asked);
  assert.equal(read({ event: "complete", id: undefined, data: "" }, "sample"), undefined);
});

test("an operation whose document selects no parts is a defect", () => {
  const once = { document: "", output: "GrowOutput" };
  assert.throws(() => itemReader(contract, "grow", once), /grow selects no parts/);
});
