/** What `digests:` is for: the tag of a base image is moved to something else, and is not taken. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { docker } from "../support/docker.ts";
import { freshFolder } from "../support/places.ts";
import { type Outcome, run } from "../support/process.ts";
import { generateFrom, Project, project } from "../support/project.ts";
import { Registry } from "../support/registry.ts";

const IMAGES = ["node", "python", "uv"];
const GATEWAY = "services/gateway/Dockerfile";
const BUILD_MS = 300_000;

suite("the digests of images", () => {
  const folder = freshFolder("digests");
  let registry: Registry;

  before(async () => {
    registry = await Registry.start();
    const images = IMAGES.map((name) => `  ${name}: ${registry.address}/${name}:1\n`);
    const pack = { name: "ours", version: "1.0.0", hybridge: "*", description: "Our registry" };
    mkdirSync(join(folder, "pack/templates"), { recursive: true });
    writeFileSync(join(folder, "pack/pack.yaml"), JSON.stringify(pack));
    writeFileSync(join(folder, "pack/templates/versions.yaml"), `images:\n${images.join("")}`);
    await registry.push("node:26-slim", "node:1");
    // Of these only the digests are asked for.
    await registry.push("ghcr.io/astral-sh/uv:0.13", "python:1");
    await registry.push("ghcr.io/astral-sh/uv:0.13", "uv:1");
  });
  after(() => registry.end());

  /** The default system with the images of the registry, and with the lock files of `minimal`. */
  async function system(name: string, digests = ""): Promise<Project> {
    const blueprint = join(folder, `${name}.yaml`);
    writeFileSync(blueprint, `name: minimal\n${digests}`);
    const flags = ["--pack", join(folder, "pack"), "--no-lock", "--no-git"];
    const outcome = await generateFrom(blueprint, join(folder, name), { flags });
    assert.equal(outcome.code, 0, outcome.output);
    const made = new Project(join(folder, name));
    const { folder: locked } = await project("minimal");
    copyFileSync(join(locked, "package-lock.json"), made.path("package-lock.json"));
    return made;
  }

  /** Builds the gateway's image of nothing that an earlier build left. */
  function build(made: Project): Promise<Outcome> {
    const args = [
      "build",
      "--no-cache",
      "--pull",
      "--tag",
      "digests/gateway:test",
      "--file",
      GATEWAY,
      ".",
    ];
    return run("docker", args, { cwd: made.folder, timeoutMs: BUILD_MS });
  }

  test("`make digests` prints them, and what they name is taken when the tag has moved", async (context) => {
    const tagged = await system("tagged");
    const { stdout } = await tagged.make("digests");
    assert.match(stdout, /^digests:\n( {2}(node|python|uv): sha256:[0-9a-f]{64}\n){3}$/);
    const pinned = await system("pinned", stdout);

    await registry.push("ghcr.io/astral-sh/uv:0.13", "node:1");
    assert.notEqual((await tagged.make("digests")).stdout, stdout);
    assert.notEqual((await build(tagged)).code, 0, "what is no Node.js built a gateway");

    const { code, output, seconds } = await build(pinned);
    assert.equal(code, 0, output);
    context.after(() => docker("rmi", "digests/gateway:test"));
    assert.match(
      await docker("run", "--rm", "digests/gateway:test", "node", "--version"),
      /^v26\./,
    );
    context.diagnostic(`${Math.round(seconds)} s`);
  });
});
