import { readdirSync, readFileSync } from "node:fs";
import { buildSchema, type DocumentNode, type GraphQLSchema, parse } from "graphql";

/** A document of a contract, with the schema that it is for. */
export interface KnownDocument {
  readonly schema: GraphQLSchema;
  readonly node: DocumentNode;
}

const SUFFIX = ".documents.json";

/** The sample's own. */
const SAMPLE = new URL("./", import.meta.url);

/**
 * Every document of every contract by its identifier.
 *
 * @param contracts The folder of the system's contracts, where those are asked too
 */
export function knownDocuments(contracts?: URL): ReadonlyMap<string, KnownDocument> {
  const known = new Map<string, KnownDocument>();
  for (const folder of contracts ? [SAMPLE, contracts] : [SAMPLE]) {
    for (const file of readdirSync(folder).filter((name) => name.endsWith(SUFFIX))) {
      const schema = buildSchema(read(folder, file.replace(SUFFIX, ".graphql")));
      const texts = JSON.parse(read(folder, file)) as Record<string, string>;
      for (const [id, text] of Object.entries(texts)) known.set(id, { schema, node: parse(text) });
    }
  }
  return known;
}

function read(folder: URL, file: string): string {
  return readFileSync(new URL(file, folder), "utf8");
}
