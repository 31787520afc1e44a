/**
 * The manifests of every example against the API server of the cluster that KUBECONFIG names: its schemas,
 * defaults and admission, Pod Security among them.
 */
import { randomUUID } from "node:crypto";
import { suite, test } from "node:test";
import { deployable, examples, OVERLAYS } from "../support/manifests.ts";

const skip = process.env.KUBECONFIG ? false : "KUBECONFIG names no cluster";

suite("a cluster", { skip }, () => {
  for (const example of examples) {
    test(`takes ${example}`, async (t) => {
      const project = await deployable(example);
      const kubectl = (...words: string[]) => project.succeed("kubectl", words);
      for (const overlay of OVERLAYS) {
        // A dry run creates no namespace, and without one nothing in it can be judged.
        const namespace = `t-${randomUUID()}`;
        const folder = project.path("deploy/kubernetes/overlays", overlay);
        const kustomization = `deploy/kubernetes/overlays/${overlay}/kustomization.yaml`;
        const own = project.read(kustomization);
        project.edit(t, kustomization, own.replace(/^namespace: .*$/m, `namespace: ${namespace}`));
        await kubectl("create", "namespace", namespace);
        t.after(() => kubectl("delete", "namespace", namespace, "--wait=false"));
        await kubectl(
          "label",
          "namespace",
          namespace,
          "pod-security.kubernetes.io/enforce=restricted",
        );
        await kubectl("apply", "--dry-run=server", "--warnings-as-errors", "--kustomize", folder);
      }
    });
  }
});
