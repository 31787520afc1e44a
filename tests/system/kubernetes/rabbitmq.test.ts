/** A system with its broker inside, as it is while developing: what was accepted outlives every pod. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inCluster } from "../support/in-cluster.ts";

const HANDLER = "services/developer/src/developer/handlers/develop.py";

inCluster("rabbitmq", {
  overlay: "development",
  versions: [[], []],
  images: ["rabbitmq:4"],
  jobs: true,
  port: 30081,
  prepare(project) {
    const written = join(import.meta.dirname, "../handlers/develop.py");
    project.put(HANDLER, readFileSync(written, "utf8"));
  },
  async upgrade(cluster) {
    await cluster.kubectl("rollout", "restart", "deployments");
  },
});
