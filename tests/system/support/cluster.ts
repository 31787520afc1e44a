/** A generated system in the cluster that KUBECONFIG names, brought there by its own tasks. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { isOk, type Said, tried } from "./client.ts";
import { type Overlay, rendered } from "./manifests.ts";
import { freshFolder } from "./places.ts";
import type { Component, Project } from "./project.ts";
import { RECOVERY_MS, until } from "./until.ts";

const MINUTE = 60_000;
/** Building and loading every image, on a slow machine. */
const IMAGES_MS = 15 * MINUTE;
/** By which the manifests mark what belongs to a component. */
export const NAME = "app.kubernetes.io/name";

/** The part of a pod that the tests read. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly podIP?: string;
    readonly phase: string;
    readonly containerStatuses?: readonly { readonly imageID: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** The component that a pod belongs to. */
export function componentOf({ metadata }: Pod): string {
  return metadata.labels[NAME] ?? metadata.name;
}

/** Whether a pod is ready and stays, and what else says how it is. */
function stateOf({ metadata: { name, deletionTimestamp }, status: { phase, conditions } }: Pod) {
  const ready = conditions?.find(({ type }) => type === "Ready");
  const isReady = !deletionTimestamp && ready?.status === "True";
  return { name, phase, deletionTimestamp, isReady };
}

/** What the tests read of a Deployment or a StatefulSet. */
export interface Workload {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly strategy?: { readonly type: string } };
}

export class Cluster {
  readonly project: Project;
  readonly overlay: Overlay;
  readonly namespace: string;
  readonly gateways: readonly Component[];
  readonly services: readonly Component[];
  /** The command that brings images of Docker to the nodes. */
  readonly #load: string;
  /** What was made for the claims of the overlay. */
  readonly #volumes: string[] = [];

  private constructor(
    project: Project,
    overlay: Overlay,
    parts: { gateways: readonly Component[]; services: readonly Component[] },
    load: string,
  ) {
    this.project = project;
    this.overlay = overlay;
    const kustomization = project.read(`deploy/kubernetes/overlays/${overlay}/kustomization.yaml`);
    this.namespace = /^namespace: "?([^"\n]+)/m.exec(kustomization)?.[1] ?? assert.fail();
    this.gateways = parts.gateways;
    this.services = parts.services;
    this.#load = load;
  }

  /** @throws Error when there is a namespace of that name: it is somebody's */
  static async of(project: Project, overlay: Overlay): Promise<Cluster> {
    const context = await succeed(project, "config", "current-context");
    const cluster = new Cluster(project, overlay, await project.components(), loader(context));
    const found = await succeed(project, "get", "namespaces", "--output", "name");
    assert.ok(!lines(found).includes(`namespace/${cluster.namespace}`), cluster.namespace);
    return cluster;
  }

  /** `kubectl` in the namespace of the system. @returns what it writes @throws Error when it fails */
  kubectl(...args: readonly string[]): Promise<string> {
    return succeed(this.project, "--namespace", this.namespace, ...args);
  }

  /** What there is of a kind, by `kubectl get`. */
  async list<T>(...args: readonly string[]): Promise<T[]> {
    const text = await this.kubectl("get", ...args, "--output", "json");
    return (JSON.parse(text) as { items: T[] }).items;
  }

  /** Builds every image and brings it to the nodes. */
  async images(...variables: readonly string[]): Promise<void> {
    const words = ["k8s-images", `load=${this.#load}`, ...variables];
    await this.project.succeed("make", words, { timeoutMs: IMAGES_MS });
  }

  /** Brings what stands beside the system's own images, such as a broker's, to the nodes. */
  async load(images: readonly string[]): Promise<void> {
    if (images.length === 0) return;
    const command = `${this.#load} "$@"`;
    await this.project.succeed("sh", ["-c", command, "sh", ...images], { timeoutMs: IMAGES_MS });
  }

  /** Applies the overlay, and waits until it is ready. @throws Error with what happened when it is not */
  async apply(): Promise<void> {
    try {
      await this.project.succeed("make", ["k8s-apply", `overlay=${this.overlay}`]);
    } catch (error) {
      const events = await this.kubectl("get", "events", "--sort-by=.lastTimestamp");
      throw new Error(`${error instanceof Error ? error.message : error}\n${events}`);
    }
  }

  /** Volumes for what the overlay claims, where the cluster makes none itself. */
  async volumes(): Promise<void> {
    const classes = await this.kubectl("get", "storageclasses", "--output", "name");
    if (lines(classes).length > 0) return;
    const manifests = await rendered(this.project, this.overlay);
    const claims = [...manifests.matchAll(/^( +)accessModes:$/gm)];
    const nodes = (await this.kubectl("get", "nodes", "--output", "name")).trim().split("\n");
    const folder = freshFolder("volumes");
    for (const number of claims.keys()) {
      const name = `test-${randomBytes(4).toString("hex")}`;
      const path = join(folder, String(number));
      mkdirSync(path);
      await this.create({
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name },
        spec: {
          capacity: { storage: "1Gi" },
          accessModes: ["ReadWriteOnce"],
          persistentVolumeReclaimPolicy: "Retain",
          local: { path },
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [
                    {
                      key: "kubernetes.io/hostname",
                      operator: "In",
                      values: nodes.map((node) => node.replace("node/", "")),
                    },
                  ],
                },
              ],
            },
          },
        },
      });
      this.#volumes.push(name);
    }
  }

  /** Creates an object that is no part of the system. */
  async create(object: object): Promise<void> {
    const command = 'printf %s "$1" | kubectl create --filename -';
    await this.project.succeed("sh", ["-c", command, "sh", JSON.stringify(object)]);
  }

  /**
   * Lets this machine in through the Service of a gateway, as the README says of the first one.
   * @param port Of the nodes @returns its URL
   */
  async open(port: number, gateway = this.gateways[0]): Promise<string> {
    const { name, port: own } = gateway ?? assert.fail();
    const readme = this.project.read("deploy/kubernetes/README.md");
    const said =
      /^kubectl --namespace \S+ patch service \S+ ([\s\S]+?)$\n^BASE_URL=http:\/\/127\.0\.0\.1:(\d+)/m;
    const [, patch = "", usual = ""] = said.exec(readme) ?? assert.fail(readme);
    const ports = patch.replace(usual, String(port)).replace(/"port":\d+/, `"port":${own}`);
    const command = `kubectl --namespace ${this.namespace} patch service ${name} ${ports}`;
    await this.project.succeed("sh", ["-c", command]);
    const nodes = await this.nodes();
    const urls = ["127.0.0.1", ...nodes].map((host) => `http://${host}:${port}`);
    const look = () => Promise.all(urls.map(lives));
    const isOneThere = (answers: readonly Said[]) => answers.some(isOk);
    const answers = await until(`one of ${urls} answers`, look, isOneThere, {
      within: MINUTE,
      every: 500,
    });
    return urls[answers.findIndex(isOk)] ?? assert.fail();
  }

  /** The addresses of the nodes. */
  async nodes(): Promise<string[]> {
    const path = "jsonpath={.items[*].status.addresses[?(@.type=='InternalIP')].address}";
    return (await this.kubectl("get", "nodes", "--output", path)).trim().split(/\s+/);
  }

  /** The pods of the system that are not about to go. */
  async pods(): Promise<Pod[]> {
    const pods = await this.list<Pod>("pods", "--selector", "app.kubernetes.io/part-of");
    return pods.filter(
      ({ metadata, status }) => !metadata.deletionTimestamp && status.phase === "Running",
    );
  }

  /** What keeps the pods of the system running. */
  workloads(): Promise<Workload[]> {
    return this.list<Workload>("deployments,statefulsets");
  }

  /** Waits until as many pods as there shall be are ready, and nothing else is left. */
  async settled(within = RECOVERY_MS): Promise<void> {
    const replicas = "jsonpath={.items[*].spec.replicas}";
    const look = async () => {
      const all = await this.list<Pod>("pods", "--selector", "app.kubernetes.io/part-of");
      // Those of Jobs come to an end.
      const pods = all.filter(({ status }) => status.phase !== "Succeeded");
      const counts = await this.kubectl("get", "deployments,statefulsets", "--output", replicas);
      const wanted = counts.split(" ").reduce((sum, count) => sum + Number(count), 0);
      return { wanted, pods: pods.map(stateOf) };
    };
    const isSettled = ({ wanted, pods }: Awaited<ReturnType<typeof look>>) =>
      pods.length === wanted && pods.every(({ isReady }) => isReady);
    await until("every pod is ready", look, isSettled, { within, every: 500 });
  }

  /** Removes it, with what it kept; nobody waits for answers any more. */
  async remove(): Promise<void> {
    await this.kubectl("delete", "namespace", this.namespace, "--ignore-not-found", "--wait=false");
    await this.kubectl("delete", "pods", "--all", "--grace-period=1", "--wait=false");
    await this.kubectl("wait", `namespace/${this.namespace}`, "--for=delete", "--timeout=120s");
    if (this.#volumes.length === 0) return;
    await this.kubectl("delete", "persistentvolumes", ...this.#volumes, "--wait=false");
  }
}

async function succeed(project: Project, ...args: readonly string[]): Promise<string> {
  return (await project.succeed("kubectl", args)).stdout;
}

/** The command that brings images of Docker to the nodes: CLUSTER_LOAD, or the one of a known cluster. */
function loader(context: string): string {
  const { CLUSTER_LOAD } = process.env;
  if (CLUSTER_LOAD) return CLUSTER_LOAD;
  const name = context.trim();
  if (name.startsWith("kind-"))
    return `kind load docker-image --name ${name.slice("kind-".length)}`;
  if (name === "minikube") return "minikube image load";
  return assert.fail(`CLUSTER_LOAD does not say how images come into the cluster of ${name}`);
}

function lives(url: string): Promise<Said> {
  return tried(fetch(`${url}/livez`, { signal: AbortSignal.timeout(2000) }));
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
