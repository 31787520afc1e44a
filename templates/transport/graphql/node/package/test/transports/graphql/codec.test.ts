import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../../../src/contract.ts";
import { decode, encode } from "../../../src/transports/graphql/codec.ts";
import type { GraphqlContract } from "../../../src/transports/graphql/contract.ts";

const records: GraphqlContract["records"] = {
  Order: {
    note: { optional: true },
    labels: { map: {} },
    deep: { optional: true, map: { list: { map: { record: "Order" } } } },
    parts: { optional: true, list: { record: "Order" } },
  },
  Tree: { children: { list: { record: "Tree" } } },
};

/** The same value in JSON and in an answer. */
const pairs: Record<string, { json: Json; graphql: Json }> = {
  "a map is a list of entries, in its order": {
    json: { id: 1, labels: { b: "2", a: "1", "": "" } },
    graphql: {
      id: 1,
      labels: [
        { key: "b", value: "2" },
        { key: "a", value: "1" },
        { key: "", value: "" },
      ],
    },
  },
  "an empty map is an empty list": { json: { labels: {} }, graphql: { labels: [] } },
  "keys are any text": {
    json: { labels: JSON.parse('{"__proto__": "x", "constructor": "y", "\u{1f600}": "z"}') },
    graphql: {
      labels: [
        { key: "__proto__", value: "x" },
        { key: "constructor", value: "y" },
        { key: "\u{1f600}", value: "z" },
      ],
    },
  },
  "maps stand in lists in maps, and records in them": {
    json: { labels: {}, deep: { x: [{ y: { labels: { z: "1" } } }, {}] } },
    graphql: {
      labels: [],
      deep: [
        {
          key: "x",
          value: [[{ key: "y", value: { labels: [{ key: "z", value: "1" }] } }], []],
        },
      ],
    },
  },
  "what is not named in the shapes stays, nulls in it too": {
    json: { any: { labels: { a: null }, note: null }, none: null, labels: {} },
    graphql: { any: { labels: { a: null }, note: null }, none: null, labels: [] },
  },
};

for (const [name, { json, graphql }] of Object.entries(pairs)) {
  test(name, () => {
    assert.deepEqual(encode(records, "Order", json), graphql);
    assert.deepEqual(decode(records, "Order", graphql), json);
  });
}

test("what is absent is null in answers, and absent again", () => {
  const answer = { note: null, labels: [], deep: null, parts: [{ note: null, labels: [] }] };
  assert.deepEqual(decode(records, "Order", answer), { labels: {}, parts: [{ labels: {} }] });
});

test("a record in which nothing differs is handed on as it is", () => {
  const answer = { value: null };
  assert.equal(decode(records, "Plain", answer), answer);
});

test("an answer that is deeper than its document is a problem, not half an answer", () => {
  const tree = (below: Json): Json => ({ value: 1, children: [below] });
  const whole = tree(tree({ value: 2, children: [] }));
  assert.deepEqual(decode(records, "Tree", whole), whole);
  assert.throws(() => decode(records, "Tree", tree(tree({ __typename: "Tree" }))), {
    name: "Problem",
    code: "internal",
    message: "The answer is deeper than its GraphQL document follows",
  });
});
