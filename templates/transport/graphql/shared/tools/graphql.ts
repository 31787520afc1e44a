/** `node tools/graphql.ts FILE...`: are the schemas valid, and the documents beside them? */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { buildSchema, parse, validate, validateSchema } from "graphql";

/** Everything that is wrong with a schema (`x.graphql`) and its documents (`x.documents.json`). */
function faults(file: string): string[] {
  const schema = buildSchema(readFileSync(file, "utf8"));
  const found = validateSchema(schema).map(String);
  const documents: Record<string, string> = JSON.parse(
    readFileSync(file.replace(/\.graphql$/, ".documents.json"), "utf8"),
  );
  for (const [id, text] of Object.entries(documents)) {
    const hash = createHash("sha256").update(text).digest("hex");
    if (id !== `sha256:${hash}`) found.push(`${id} is the document sha256:${hash}`);
    found.push(...validate(schema, parse(text)).map(String));
  }
  return found;
}

for (const file of process.argv.slice(2)) {
  for (const fault of faults(file)) {
    process.stderr.write(`${file}: ${fault}\n`);
    process.exitCode = 1;
  }
}
