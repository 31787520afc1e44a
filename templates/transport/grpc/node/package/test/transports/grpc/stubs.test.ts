// What is generated is what would be generated now.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const folder = "src/transports/grpc";
const run = promisify(execFile);

test("making the stubs again changes nothing", async (t) => {
  const output = await mkdtemp(join(tmpdir(), "stubs-"));
  t.after(() => rm(output, { recursive: true }));
  const contracts = `${folder}/contracts`;
  const template = `${contracts}/buf.gen.yaml`;
  const bin = resolve("../../node_modules/.bin");
  await run(`${bin}/buf`, ["generate", "--template", template, "--output", output, contracts], {
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });

  const again = await contents(join(output, folder, "stubs"));
  const now = await contents(join(folder, "stubs"));
  assert.ok(again.size > 0);
  // What is left of a service that is no longer linked does no harm.
  for (const [name, text] of again) assert.equal(now.get(name), text, name);
});

async function contents(root: string): Promise<Map<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".ts"));
  const texts = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path.slice(root.length), await readFile(path, "utf8")] as const;
  });
  return new Map(await Promise.all(texts));
}
