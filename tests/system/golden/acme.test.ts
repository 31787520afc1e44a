/** The example pack: a system that is made with it passes its own checks and answers. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hybridge, repository, work } from "../support/places.ts";
import { generateFrom, Project } from "../support/project.ts";

const HANDLER = "services/pricing/src/pricing/handlers/quote.py";
/** Transports that ask a service directly: the tests of these need no broker. */
const DIRECT = ["rest", "graphql", "grpc"];

test("a system with the pack of examples/packs is linted, tested and answers", async () => {
  mkdirSync(work, { recursive: true });
  const folder = join(work, "acme");
  const page = join(repository, "examples/packs/acme/tests/pricing/blueprint.yaml");
  const outcome = await generateFrom(page, folder);
  assert.equal(outcome.code, 0, outcome.output);
  const made = new Project(folder);
  for (const task of ["lint", "test", "e2e"]) await made.make(task);
  assert.match(made.read("services/pricing/Dockerfile"), /^FROM registry\.acme\.example\//m);
  assert.match(made.read("services/gateway/src/main.ts"), /^\/\/ Copyright Acme Corporation/);

  // Kept current: another transport each day, from one that is not the first either, with a handler edited.
  const day = Math.floor(Date.now() / 86_400_000);
  const others = DIRECT.filter((transport) => transport !== "rest");
  const pair = day % 2 === 0 ? others : others.toReversed();
  console.log(`switched from rest over ${pair.join(" to ")}`);
  const handler = made.read(HANDLER);
  const edited = handler.replace('"""\n', '"""\n\n# A line of a person\'s own.\n');
  assert.notEqual(edited, handler);
  writeFileSync(made.path(HANDLER), edited);
  for (const transport of pair)
    await made.succeed(hybridge, ["set", "links.pricing.via", transport, "--allow-dirty"]);
  assert.equal(made.read(HANDLER), edited);
  for (const task of ["lock", "lint", "test"]) await made.make(task);
});
