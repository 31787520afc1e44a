/** Values of every field type, and how they compare when they have been through the bridge. */
import { createHash } from "node:crypto";
// Node.js 24, which the tests run with too, has no Temporal of its own.
import { Temporal } from "temporal-polyfill";
import type { Json } from "./client.ts";

export type Values = { readonly [field: string]: Json };

/** Nothing special, and no optional field. */
export const plain: Values = {
  text: "plain",
  whole: 1,
  real: 0.5,
  flag: true,
  moment: "2026-11-22T10:20:30Z",
  id: "0b9d1c9e-6f0a-4c55-9a3e-2f1d8c7b6a54",
  data: base64("plain"),
  anything: { a: 1 },
  word: "red",
  texts: ["a", "b"],
  table: [[1, 2], [3]],
  many_data: [base64("a"), base64("b")],
  moments: ["2026-11-22T10:20:30+01:00"],
  words: ["a", "b"],
  counts: { one: 1 },
  nested: { outer: { inner: [0.25] } },
  documents: [1, "two"],
  leaf: { name: "leaf", weight: 1.5 },
  leaves: [{ name: "a" }, { name: "b", weight: 2.5 }],
  named: { one: { name: "one" } },
};

/** A case: what differs from `plain`, and what Python must have made of it (`seen`, see echo.py). */
export interface Case {
  readonly name: string;
  readonly values: Values;
  readonly seen?: Readonly<Record<string, string>>;
}

const LARGEST = 2 ** 53 - 1;
const MEGABYTE = Buffer.from(
  Array.from({ length: 1_000_000 }, (_, index) => (index * 7919 + (index >> 8)) & 255),
);

export const cases: readonly Case[] = [
  { name: "plain values", values: {}, seen: { whole: "1", real: "0.5", maybe_text: "None" } },
  { name: "the largest integer", values: { whole: LARGEST }, seen: { whole: "9007199254740991" } },
  {
    name: "the smallest integer",
    values: { whole: -LARGEST, table: [[-LARGEST], [LARGEST]], counts: { least: -LARGEST } },
    seen: { whole: "-9007199254740991", table: "[[-9007199254740991], [9007199254740991]]" },
  },
  { name: "integers beyond 32 bits", values: { whole: 2 ** 32, counts: { "2^31": 2 ** 31 } } },
  { name: "zero, no and nothing", values: { whole: 0, real: 0, flag: false, text: "", data: "" } },
  { name: "the largest float", values: { real: Number.MAX_VALUE } },
  { name: "the smallest float", values: { real: 5e-324 }, seen: { real: "5e-324" } },
  {
    name: "a float without a short form",
    values: { real: 0.1 + 0.2 },
    seen: { real: "0.30000000000000004" },
  },
  {
    name: "a float that is whole",
    values: { real: 3, nested: { a: { b: [1, -2, 0] } } },
    seen: { real: "3.0" },
  },
  { name: "emoji", values: { text: "👩‍👩‍👧‍👦 𝟘 ﷽ é e\u0301", texts: ["🏴󠁧󠁢󠁳󠁣󠁴󠁿"], counts: { "🔑": 1 } } },
  {
    name: "control characters",
    values: { text: '\u0000\u0001\u001f\u007f\r\n\t"\\/\u2028\u2029\ufeff' },
  },
  {
    name: "what means something elsewhere",
    values: { text: "</script>{{x}}%s$1'; --", texts: ["null", "true", "1", "NaN"] },
  },
  {
    name: "names that objects have already",
    values: {
      counts: { constructor: 2, toString: 3, hasOwnProperty: 4, "": 5, "a/b~c.d": 6 },
      anything: { constructor: null, valueOf: [1] },
    },
  },
  {
    name: "empty lists and maps",
    values: {
      texts: [],
      table: [],
      many_data: [],
      moments: [],
      words: [],
      counts: {},
      nested: {},
      documents: [],
      leaves: [],
      named: {},
    },
  },
  {
    name: "empty ones within others",
    values: {
      table: [[], [1], []],
      nested: { a: {}, b: { c: [] } },
      many_data: ["", base64("a"), ""],
      texts: ["", ""],
    },
    seen: { table: "[[], [1], []]" },
  },
  {
    name: "every optional field",
    values: {
      maybe_text: "t",
      maybe_whole: LARGEST,
      maybe_real: -1.5,
      maybe_flag: true,
      maybe_moment: "2026-11-22T10:20:30.000001Z",
      maybe_id: "ffffffff-ffff-ffff-ffff-ffffffffffff",
      maybe_data: base64("x"),
      maybe_anything: [null],
      maybe_word: "blue",
      maybe_texts: ["t"],
      maybe_counts: { a: 1 },
      maybe_leaf: { name: "l" },
    },
  },
  {
    name: "optional fields that are there and empty",
    values: {
      maybe_text: "",
      maybe_whole: 0,
      maybe_real: 0,
      maybe_flag: false,
      maybe_data: "",
      maybe_texts: [],
      maybe_counts: {},
      maybe_anything: {},
      maybe_leaf: { name: "" },
    },
    seen: {
      maybe_text: "''",
      maybe_whole: "0",
      maybe_flag: "False",
      maybe_texts: "[]",
      maybe_counts: "{}",
      maybe_leaf: "Leaf(name='', weight=None)",
    },
  },
  {
    name: "nested nulls in json",
    values: {
      anything: { a: [null, { b: null, c: [[null]] }], "": null },
      documents: [null, [], {}, false, 0, ""],
    },
  },
  ...([null, false, 0, "", [], "a text", -1.5, LARGEST] as const).map((anything) => ({
    name: `json that is ${JSON.stringify(anything)}`,
    values: { anything: anything as Json },
  })),
  {
    name: "each word of an enum",
    values: { word: "blue", words: ["b", "a", "b"], maybe_word: "green" },
  },
  {
    name: "microseconds and an offset",
    values: { moment: "2024-02-29T23:59:59.123456+05:30" },
    seen: { moment: "2024-02-29T18:29:59.123456+00:00" },
  },
  {
    name: "the first moment",
    values: { moment: "0001-01-01T00:00:00Z" },
    seen: { moment: "0001-01-01T00:00:00+00:00" },
  },
  {
    name: "the last moment",
    values: { moment: "9999-12-31T23:59:59.999999Z" },
    seen: { moment: "9999-12-31T23:59:59.999999+00:00" },
  },
  {
    name: "just before the epoch",
    values: {
      moment: "1969-12-31T23:59:59.999999Z",
      moments: ["1970-01-01T00:00:00Z", "1900-01-01T00:00:00.5-11:45"],
    },
    seen: { moment: "1969-12-31T23:59:59.999999+00:00" },
  },
  {
    name: "an id in capitals",
    values: {
      id: "0B9D1C9E-6F0A-4C55-9A3E-2F1D8C7B6A54",
      maybe_id: "00000000-0000-0000-0000-000000000000",
    },
  },
  {
    name: "every byte",
    values: {
      data: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString("base64"),
    },
  },
  {
    name: "a megabyte",
    values: { data: MEGABYTE.toString("base64") },
    seen: { data: createHash("sha256").update(MEGABYTE).digest("hex") },
  },
  {
    name: "many",
    values: {
      texts: Array.from({ length: 5000 }, (_, index) => `text ${index}`),
      table: Array.from({ length: 300 }, () => [1, 2, 3]),
    },
  },
];

/** What no service is to see: `body` is sent as it stands. */
export interface Refusal {
  readonly name: string;
  readonly body: string;
  /** Where the problem points; `undefined` where a body is no JSON at all. */
  readonly pointer?: string;
}

export const refusals: readonly Refusal[] = [
  refusal("an integer beyond 2^53", "whole", "9007199254740992"),
  refusal("an integer below -2^53", "whole", "-9007199254740992"),
  refusal("an integer with a fraction", "whole", "1.5"),
  refusal("a number that is a text", "whole", '"1"'),
  { name: "NaN", body: bodyWith("real", "NaN") },
  { name: "Infinity", body: bodyWith("real", "Infinity") },
  refusal("a float beyond all", "real", "1e999"),
  refusal("null where a value must be", "text", "null"),
  refusal("null where a value may be absent", "maybe_text", "null"),
  refusal("a word that the enum has not", "word", '"yellow"'),
  refusal("a moment without an offset", "moment", '"2026-11-22T10:20:30"'),
  refusal("a day that is none", "moment", '"2026-02-30T10:20:30Z"'),
  refusal("an id that is none", "id", '"not-an-id"'),
  refusal("bytes that are no base64", "data", '"a*b"'),
  refusal("bytes without their padding", "data", '"YQ"'),
];

/** Values as far as they mean something: moments as instants, ids without regard to case. */
export function meaning(values: Values): unknown {
  const instant = (text: Json) => Temporal.Instant.from(String(text)).epochNanoseconds;
  const { moment, moments, maybe_moment, id, maybe_id, ...rest } = values;
  return {
    ...rest,
    moment: instant(moment ?? ""),
    moments: (moments as Json[]).map(instant),
    ...(maybe_moment !== undefined && { maybe_moment: instant(maybe_moment) }),
    id: String(id).toLowerCase(),
    ...(maybe_id !== undefined && { maybe_id: String(maybe_id).toLowerCase() }),
  };
}

function refusal(name: string, field: string, json: string): Refusal {
  return { name, body: bodyWith(field, json), pointer: `/values/${field}` };
}

function bodyWith(field: string, json: string): string {
  const values = Object.entries({ ...plain, [field]: null }).map(
    ([name, value]) => `"${name}":${name === field ? json : JSON.stringify(value)}`,
  );
  return `{"values":{${values.join(",")}}}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
