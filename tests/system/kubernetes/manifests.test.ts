/** The manifests of every example: rendered, against the schemas of Kubernetes, judged by checkov. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { deployable, examples, OVERLAYS, rendered, setting } from "../support/manifests.ts";
import { freshFolder } from "../support/places.ts";
import { succeed } from "../support/process.ts";
import type { Project } from "../support/project.ts";

const TIMEOUT_MS = 300_000;
/** The one that checks itself, as its own README says; the others are checked together. */
const WHOLE = "mixed";

suite("manifests", () => {
  const folder = freshFolder("manifests");
  const files: string[] = [];
  let whole: Project;

  before(async () => {
    for (const example of examples) {
      const project = await deployable(example);
      if (example === WHOLE) {
        whole = project;
        continue;
      }
      for (const overlay of OVERLAYS) {
        const file = join(folder, `${example}-${overlay}.yaml`);
        writeFileSync(file, await rendered(project, overlay));
        files.push(file);
      }
    }
  });

  test(`of ${WHOLE} pass the project's own check`, async () => {
    await whole.make("k8s-validate", { timeoutMs: TIMEOUT_MS });
  });

  test("fit the schemas of Kubernetes, with nothing that is unknown to them", async (t) => {
    const [validator = ""] =
      /kubernetes-validate==\S+/.exec(whole.read("deploy/kubernetes/tasks.mk")) ?? [];
    for (const version of setting(whole, "k8s_versions").split(" ")) {
      await t.test(version, async () => {
        const flags = ["--strict", "--quiet", "--kubernetes-version", version];
        await succeed("uvx", ["--quiet", validator, ...flags, ...files], {
          cwd: folder,
          timeoutMs: TIMEOUT_MS,
        });
      });
    }
  });

  test("have no fault that checkov knows and is not explained", async () => {
    const [checkov = ""] = /checkov==\S+/.exec(whole.read("deploy/kubernetes/tasks.mk")) ?? [];
    cpSync(whole.path("deploy/kubernetes/checkov.yaml"), join(folder, "checkov.yml"));
    const flags = ["--config-file", "checkov.yml", "--directory", "."];
    await succeed("uvx", ["--quiet", checkov, ...flags], { cwd: folder, timeoutMs: TIMEOUT_MS });
  });
});
