/** What the cases of `tests/cases/blueprints` ask of a service, each from the kind of a public report. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, isScalar, type Node, parseDocument, stringify } from "yaml";
import { repository } from "../support/places.ts";

const CASES = join(repository, "tests/cases/blueprints");

/** Their operations as lines of a blueprint, each under a name
 * of its own. Those with types of their own are not among them. */
export function operations(): string[] {
  const found = new Map<string, string>();
  for (const file of readdirSync(CASES).sort()) {
    const services = parseDocument(readFileSync(join(CASES, file), "utf8")).get("services");
    if (!isMap(services)) throw new Error(`${file} has no services`);
    for (const { value: service } of services.items) {
      if (!isMap(service) || service.has("types")) continue;
      const own = service.get("operations");
      for (const { key, value } of isMap(own) ? own.items : []) {
        if (!isScalar(key)) throw new Error(`${file} has an operation without a name`);
        const name = String(key.value);
        const free = found.has(name) ? `${name}_${Number.parseInt(file, 10)}` : name;
        found.set(free, lines(free, value as Node));
      }
    }
  }
  return [...found.values()].flatMap((text) => text.split("\n"));
}

/** Numbers stay as they are written. */
function lines(name: string, value: Node): string {
  const text = stringify({ [name]: value }, { lineWidth: 0 }).trimEnd();
  return text.replaceAll(/^/gm, "      ");
}
