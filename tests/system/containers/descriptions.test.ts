/** What every example says of its containers is what compose understands. */
import { suite, test } from "node:test";
import { deployable, examples } from "../support/manifests.ts";

suite("compose.yaml", () => {
  for (const example of examples) {
    test(`of ${example} is valid`, async () => {
      const project = await deployable(example);
      await project.succeed("docker", ["compose", "config", "--quiet"]);
    });
  }
});
