/** What is left of a blueprint once everything is gone that hybridge refuses. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hybridge } from "../support/places.ts";
import { run } from "../support/process.ts";

interface Finding {
  readonly line?: number;
  readonly what: string;
}

/** Findings are told a hundred at a time. */
const ROUNDS = 50;

/** Writes the blueprint to `hybridge.yaml` in `folder`, without the lines, and what stands below them, that
 * `hybridge check` finds fault with. @throws Error when it finds fault with something else, or ends otherwise */
export async function writeAccepted(blueprint: string, folder: string): Promise<string> {
  const file = join(folder, "blueprint.yaml");
  let lines = blueprint.split("\n");
  for (let round = 0; round < ROUNDS; round++) {
    writeFileSync(file, lines.join("\n"));
    const { code, stdout, output } = await run(hybridge, ["check", "--json", file], {
      cwd: folder,
    });
    if (code === 0) return file;
    if (code !== 1) throw new Error(`check ended with ${code}:\n${output}`);
    const { findings }: { findings: Finding[] } = JSON.parse(stdout);
    lines = without(lines, findings);
  }
  throw new Error(`check finds no end:\n${readFileSync(file, "utf8")}`);
}

function without(lines: readonly string[], findings: readonly Finding[]): string[] {
  const gone = new Set<number>();
  for (const { line, what } of findings) {
    const begin = (line ?? 0) - 1;
    const text = lines[begin];
    // The name of the system and the keys at the margin are none that were made up.
    if (text === undefined || !text.startsWith("  ")) throw new Error(`not a name: ${what}`);
    gone.add(begin);
    for (let below = begin + 1; depth(lines[below]) > depth(text); below++) gone.add(below);
  }
  const kept = lines.filter((_, at) => !gone.has(at));
  // What is empty now is nothing.
  return kept.filter((line, at) => !isOpen(line) || depth(kept[at + 1]) > depth(line));
}

/** Whether something has to stand below. */
const isOpen = (line: string): boolean => /^ +\S+:$/.test(line);

const depth = (line = ""): number => line.search(/\S/);
