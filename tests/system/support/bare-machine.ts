import { existsSync, readdirSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { freshFolder } from "./places.ts";

/** What a generated system fetches by itself where it is missing. */
const MISSING = new Set(["node", "nodejs", "npm", "npx", "corepack", "uv", "uvx"]);

/** The environment of a machine with neither Node.js nor uv. */
export function bareMachine(): Record<string, string> {
  const bin = freshFolder("bare");
  const hidden = new Set(MISSING);
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    if (!existsSync(folder)) continue;
    for (const program of readdirSync(folder)) {
      if (hidden.has(program)) continue;
      symlinkSync(join(folder, program), join(bin, program));
      hidden.add(program);
    }
  }
  return { PATH: bin };
}
