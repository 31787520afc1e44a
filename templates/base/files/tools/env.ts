/** Makes `.env` of `.env.example`, with a random value for each secret. See `make env`. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./component.ts";

const SECRET_BYTES = 32;

const file = join(root, ".env");
if (existsSync(file)) {
  console.log(".env is there already and stays as it is");
} else {
  const example = readFileSync(join(root, ".env.example"), "utf8");
  const random = () => randomBytes(SECRET_BYTES).toString("base64url");
  // A name without a value is a secret; settings that have a default are commented out.
  const text = example.replace(/^[A-Z0-9_]+=$/gm, (name) => name + random());
  writeFileSync(file, text, { flag: "wx", mode: 0o600 });
  console.log("wrote .env with secrets of its own");
}
