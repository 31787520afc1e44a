/** Where things are. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The repository of hybridge. */
export const repository: string = resolve(import.meta.dirname, "../../..");

/** The `hybridge` under test. */
export const hybridge: string = process.env.HYBRIDGE ?? join(repository, "target/debug/hybridge");

/** Where generated projects stand: that of the whole run, or one that goes with this process. */
export const work: string = process.env.HYBRIDGE_WORK ?? ownWork();

/** A new folder below `work`. */
export function freshFolder(name: string): string {
  mkdirSync(work, { recursive: true });
  return mkdtempSync(join(work, `${name}-`));
}

function ownWork(): string {
  const folder = mkdtempSync(join(tmpdir(), "hybridge-system-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
