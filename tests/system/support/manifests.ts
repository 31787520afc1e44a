/** What a generated project brings into a cluster. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { freshFolder, repository } from "./places.ts";
import { generateFrom, Project } from "./project.ts";

export const OVERLAYS = ["development", "production"] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** The examples of the repository, by name. */
export const examples: readonly string[] = readdirSync(join(repository, "examples"))
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => basename(file, ".yaml"))
  .sort();

/** The project of an example with both targets, nothing installed, its secrets made. */
export async function deployable(
  example: string,
  { locked = false, blueprint = join(repository, "examples", `${example}.yaml`) } = {},
): Promise<Project> {
  const project = new Project(join(freshFolder("kubernetes"), example));
  const targets = ["--target", "compose", "--target", "kubernetes"];
  const outcome = await generateFrom(blueprint, project.folder, {
    flags: [...targets, "--no-git", ...(locked ? [] : ["--no-lock"])],
  });
  assert.equal(outcome.code, 0, outcome.output);
  await project.make("k8s-secrets");
  return project;
}

/** A variable of the tasks of the target. */
export function setting(project: Project, name: string): string {
  const tasks = project.read("deploy/kubernetes/tasks.mk");
  const value = new RegExp(`^${name} \\??:?= (.*)$`, "m").exec(tasks)?.[1];
  assert.ok(value, `tasks.mk sets no ${name}`);
  return value;
}

/** The manifests of an overlay, as `make k8s-render` prints them. */
export async function rendered(project: Project, overlay: Overlay): Promise<string> {
  const { stdout } = await project.succeed("make", ["k8s-render", `overlay=${overlay}`]);
  return stdout;
}
