import { chmodSync, existsSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { freshFolder } from "./places.ts";

/** What a generated system fetches by itself where it is missing, or too old. */
const MISSING = new Set(["node", "nodejs", "npm", "npx", "corepack", "uv", "uvx"]);

/** What is too old, with what it says of its version. */
const OLD: Readonly<Record<string, string>> = {
  node: "v23.5.0",
  npm: "10.9.2",
  npx: "10.9.2",
  uv: "uv 0.4.30 (61ed2a236 2024-11-04)",
  uvx: "uv-tool-uvx 0.4.30 (61ed2a236 2024-11-04)",
};

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

/** The environment of a machine whose Node.js runs no TypeScript, and whose uv does not know all that is asked of
 * it. They tell their version, and fail at everything else. */
export function oldMachine(): Record<string, string> {
  const bin = freshFolder("old");
  for (const [program, version] of Object.entries(OLD)) {
    const path = join(bin, program);
    writeFileSync(path, `#!/bin/sh\n[ "$*" = --version ] && echo '${version}'\n`);
    chmodSync(path, 0o755);
  }
  return { PATH: [bin, bareMachine().PATH].join(delimiter) };
}
