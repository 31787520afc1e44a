/** The default system as it is in production: images by tag, secrets made beforehand. */
import assert from "node:assert/strict";
import type { Cluster } from "../support/cluster.ts";
import { inCluster } from "../support/in-cluster.ts";

const KUSTOMIZATION = "deploy/kubernetes/overlays/production/kustomization.yaml";
const REGISTRY = "registry=registry.example.org/";

inCluster("minimal", {
  overlay: "production",
  versions: [
    [REGISTRY, "tag=0.1.0"],
    [REGISTRY, "tag=0.2.0"],
  ],
  images: [],
  jobs: false,
  port: 30080,
  provide: secrets,
  async upgrade(cluster) {
    const { project } = cluster;
    project.put(KUSTOMIZATION, project.read(KUSTOMIZATION).replaceAll('"0.1.0"', '"0.2.0"'));
    await cluster.apply();
  },
});

/** The README's own way of making what the overlay does not bring. */
async function secrets({ project }: Cluster): Promise<void> {
  const readme = project.read("deploy/kubernetes/README.md");
  const commands = [...readme.matchAll(/^ +(kubectl .*(?:\/namespace\.yaml|create secret .*))$/gm)];
  assert.equal(commands.length, 2, readme);
  for (const [, command = ""] of commands) await project.succeed("sh", ["-c", command]);
}
