/**
 * Makes a package of `packages/` ready for a registry, in its folder `dist`: Node.js strips types of
 * linked packages, but not of installed ones, so that what is published is JavaScript with declarations.
 * Run as `npm run build` in the package.
 */
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** Folders of which TypeScript is compiled; others of `files` are taken as they are. */
const COMPILED = ["src", "testing"];
const DIST = "dist";
const OPTIONS = ["--noEmit", "false", "--declaration", "--rewriteRelativeImportExtensions"];

interface Manifest {
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, string>> | string;
  readonly [field: string]: unknown;
}

rmSync(DIST, { recursive: true, force: true });
execFileSync("tsc", [...OPTIONS, "--rootDir", ".", "--outDir", DIST], { stdio: "inherit" });
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
for (const entry of [...manifest.files, "README.md"]) {
  const isSource = (path: string) => path.endsWith(".ts") && COMPILED.includes(entry);
  cpSync(entry, `${DIST}/${entry}`, { recursive: true, filter: (path) => !isSource(path) });
}
const { private: _private, scripts: _scripts, devDependencies: _dev, ...published } = manifest;
const exports =
  typeof manifest.exports === "string"
    ? compiled(manifest.exports)
    : Object.fromEntries(
        Object.entries(manifest.exports).map(([path, target]) => [path, compiled(target)]),
      );
writeFileSync(`${DIST}/package.json`, `${JSON.stringify({ ...published, exports }, null, 2)}\n`);

/** What stands in for a TypeScript file once it is compiled. */
function compiled(target: string): { types: string; default: string } {
  return { types: target.replace(/ts$/, "d.ts"), default: target.replace(/ts$/, "js") };
}
