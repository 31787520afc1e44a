/** Makes `.env` of `.env.example`, with a random value for each secret; one that is there gets the
 * secrets that it lacks. See `make env`. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { root } from "./component.ts";

const SECRET_BYTES = 32;

const file = join(root, ".env");
const example = readFileSync(join(root, ".env.example"), "utf8");
const secret = (name: string) => `${name}=${randomBytes(SECRET_BYTES).toString("base64url")}`;

if (existsSync(file)) {
  const text = readFileSync(file, "utf8");
  const known = parseEnv(text);
  const missing = secretsOf(example).filter((name) => !known[name]);
  let complete = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  for (const name of missing) {
    const empty = new RegExp(`^${name}=$`, "m");
    complete = empty.test(complete)
      ? complete.replace(empty, () => secret(name))
      : `${complete}${secret(name)}\n`;
  }
  if (missing.length > 0) writeFileSync(file, complete);
  console.log(missing.length > 0 ? `added to .env: ${missing.join(", ")}` : ".env is complete");
} else {
  const text = example.replace(/^([A-Z0-9_]+)=$/gm, (_, name) => secret(name));
  writeFileSync(file, text, { flag: "wx", mode: 0o600 });
  console.log("wrote .env with secrets of its own");
}

/** A name without a value is a secret; settings that have a default are commented out. */
function secretsOf(text: string): string[] {
  return [...text.matchAll(/^([A-Z0-9_]+)=$/gm)].map(([, name = ""]) => name);
}
