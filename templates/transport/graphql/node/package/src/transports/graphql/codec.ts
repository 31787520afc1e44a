import { Problem } from "../../calls/problem.ts";
import type { Json } from "../../contract.ts";
import type { GraphqlContract, Shape } from "./contract.ts";

type Records = GraphqlContract["records"];
type JsonObject = { [key: string]: Json };

/** What a document selects of a record that lies deeper than it follows: nothing else does. */
const DEEPER = "__typename";

/** A record of JSON as the value of a variable. */
export function encode(records: Records, record: string, value: Json): Json {
  return isObject(value) ? turnFields(records, record, value, toEntries) : value;
}

/**
 * A record of an answer as JSON.
 *
 * @throws Problem `internal` when the answer is deeper than its document
 */
export function decode(records: Records, record: string, value: Json): Json {
  return isObject(value) ? turnFields(records, record, value, toObject) : value;
}

/** Turns a map, with what turns each value of it. */
type TurnMap = (map: Json, turnValue: (value: Json) => Json) => Json;

const toEntries: TurnMap = (map, turnValue) =>
  isObject(map)
    ? Object.entries(map).map(([key, value]) => ({ key, value: turnValue(value) }))
    : map;

const toObject: TurnMap = (entries, turnValue) =>
  Array.isArray(entries)
    ? Object.fromEntries(
        entries.filter(isObject).map(({ key, value }) => [key, turnValue(value ?? null)]),
      )
    : entries;

function turnFields(records: Records, record: string, value: JsonObject, turnMap: TurnMap): Json {
  const shapes = records[record];
  if (!shapes) return value;
  if (DEEPER in value) {
    throw new Problem("internal", "The answer is deeper than its GraphQL document follows", {
      cause: new Error(`a ${record} holds another, and so on, too often`),
    });
  }
  const turned: [string, Json][] = [];
  for (const [name, field] of Object.entries(value)) {
    const shape = shapes[name];
    if (field === null && shape?.optional) continue;
    turned.push([name, shape ? turn(records, shape, field, turnMap) : field]);
  }
  // Not by assignment: a key may be called `__proto__`.
  return Object.fromEntries(turned);
}

function turn(records: Records, shape: Shape, value: Json, turnMap: TurnMap): Json {
  const { list, map, record } = shape;
  if (record !== undefined) {
    return isObject(value) ? turnFields(records, record, value, turnMap) : value;
  }
  if (list && Array.isArray(value)) return value.map((item) => turn(records, list, item, turnMap));
  if (map) return turnMap(value, (inner) => turn(records, map, inner, turnMap));
  return value;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
