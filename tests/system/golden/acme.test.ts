/** The example pack: a system that is made with it passes its own checks and answers. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository, work } from "../support/places.ts";
import { generateFrom, Project } from "../support/project.ts";

test("a system with the pack of examples/packs is linted, tested and answers", async () => {
  mkdirSync(work, { recursive: true });
  const folder = join(work, "acme");
  const page = join(repository, "examples/packs/acme/tests/pricing/blueprint.yaml");
  const outcome = await generateFrom(page, folder);
  assert.equal(outcome.code, 0, outcome.output);
  const made = new Project(folder);
  for (const task of ["lint", "e2e"]) await made.make(task);
  await made.testComponents();
  assert.match(made.read("services/pricing/Dockerfile"), /^FROM registry\.acme\.example\//m);
  assert.match(made.read("services/gateway/src/main.ts"), /^\/\/ Copyright Acme Corporation/);
});
