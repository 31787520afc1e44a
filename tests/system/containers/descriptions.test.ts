/** What every example says of its containers is what compose understands. */
import { suite, test } from "node:test";
import { deployable, examples } from "../support/manifests.ts";

/** What whoever runs a system must say, by its compose.yaml. */
function said(description: string): Record<string, string> {
  const names = description.matchAll(/\$\{(\w+):\?set it/g);
  return Object.fromEntries([...names].map(([, name]) => [name, "https://example.org"]));
}

suite("compose.yaml", () => {
  for (const example of examples) {
    test(`of ${example} is valid`, async () => {
      const project = await deployable(example);
      await project.succeed("docker", ["compose", "config", "--quiet"], {
        env: said(project.read("compose.yaml")),
      });
    });
  }
});
