/**
 * Processor time of the validation of one body, which holds the event loop meanwhile.
 *
 * Usage: node tests/bench/validation.ts PROJECT
 *
 * PROJECT is a generated system with a gateway and everything installed. Each body is a megabyte of
 * one shape (`BODY_LIMIT`), the one with the most members that fit, and valid: all of it is looked
 * at. Prints a Markdown table of the least times of several runs.
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [project = "."] = process.argv.slice(2);
const source = resolve(project, "packages/gateway-runtime/src/calls/validation.ts");
const { createValidation } = await import(pathToFileURL(source).href);

const RUNS = 15;
const LIMIT = 1_048_576;

/** An item of each list, and its JSON Schema. */
const shapes = {
  numbers: { item: "1", schema: { type: "integer" } },
  texts: { item: '"a"', schema: { type: "string", maxLength: 100 } },
  instants: { item: '"2026-01-01T00:00:00Z"', schema: { type: "string", format: "date-time" } },
  lists: { item: "[]", schema: { type: "array", items: { type: "integer" } } },
  records: {
    item: '{"a":1}',
    schema: {
      type: "object",
      properties: { a: { type: "integer" } },
      required: ["a"],
      additionalProperties: false,
    },
  },
};

function least(work: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  });
  return Math.min(...times);
}

console.log(
  "| a megabyte of | members | parsed in ms | validated in ms |\n| --- | ---: | ---: | ---: |",
);
for (const [name, { item, schema }] of Object.entries(shapes)) {
  const count = Math.floor((LIMIT - 1) / (item.length + 1));
  const text = `[${Array.from({ length: count }, () => item).join(",")}]`;
  const operation = { service: "bench", name, input: "In", output: "Out" };
  const schemas = { In: { type: "array", items: schema }, Out: { type: "array" } };
  const validation = createValidation({ openapi: "3.1.0", paths: {}, components: { schemas } }, [
    operation,
  ]);
  const value = JSON.parse(text);
  const parsed = least(() => JSON.parse(text));
  const validated = least(() => validation.input(operation, value));
  console.log(`| ${name} | ${count} | ${parsed.toFixed(1)} | ${validated.toFixed(1)} |`);
}
