/** Which connections a blueprint asks for, and which ones a cluster allows. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { type Cluster, componentOf, NAME, type Pod } from "./cluster.ts";

/** Who is no part of the system, in another namespace: may connect to anything, and listens itself. */
export const STRANGER = "stranger";
export const STRANGER_PORT = 8080;

/** What the tests read of `hybridge.yaml`. */
interface Blueprint {
  readonly services: Readonly<Record<string, { readonly store?: string }>>;
  readonly links: readonly { readonly from: string; readonly to: string; readonly via: string }[];
}

/** Where calls go in between, by transport. The ports are those that the protocols' brokers have. */
const BROKERS: Readonly<Record<string, { name: string; port: number }>> = {
  kafka: { name: "kafka", port: 9092 },
  rabbitmq: { name: "rabbitmq", port: 5672 },
};

/** What services keep things in, by store; the others are files. */
const STORES: typeof BROKERS = { postgres: { name: "postgres", port: 5432 } };

/** Who connects to whom, as `from -> to:port`. */
type Connections = ReadonlySet<string>;

/** What has to be open by the blueprint of the system, and nothing else. */
export function asked(cluster: Cluster): Connections {
  const page = parse(cluster.project.read("hybridge.yaml")) as Partial<Blueprint>;
  const parts = [...cluster.gateways, ...cluster.services];
  // What the blueprint leaves out: every gateway reaches every service over REST.
  const links =
    page.links ??
    cluster.gateways.flatMap((from) =>
      cluster.services.map((to) => ({ from: from.name, to: to.name, via: "rest" })),
    );
  const part = (name: string) => parts.find((one) => one.name === name) ?? assert.fail(name);
  const found = new Set<string>();
  const everyone = new Set([...parts.map(({ name }) => name), STRANGER]);
  for (const { from, to, via } of links) {
    const broker = BROKERS[via];
    if (broker) {
      for (const end of [from, to]) found.add(`${end} -> ${broker.name}:${broker.port}`);
      everyone.add(broker.name);
    } else {
      const { port, ports } = part(to);
      found.add(`${from} -> ${to}:${via === "grpc" ? ports.GRPC_PORT : port}`);
    }
  }
  for (const [name, { store = "" }] of Object.entries(page.services ?? {})) {
    const server = STORES[store];
    if (!server) continue;
    found.add(`${name} -> ${server.name}:${server.port}`);
    everyone.add(server.name);
  }
  for (const name of everyone) found.add(`${name} -> names:53`);
  // Gateways are the way in. What the stranger may do elsewhere is not the system's concern.
  for (const { name, port } of cluster.gateways) found.add(`${STRANGER} -> ${name}:${port}`);
  found.add(`${STRANGER} -> api:443`);
  return found;
}

/** In bash, which every image has: the addresses of its arguments that can be connected to. */
const PROBE = `
  for target; do
    (timeout 2 bash -c "exec 3<>/dev/tcp/\${target/:/\\/}" 2>/dev/null && echo "$target") &
  done
  wait`;
/** In the kernel's tables of sockets: the state of one that listens. */
const LISTEN = "0A";
const LOOPBACK = /^(0100007F|00000000000000000000000001000000):/;

/** A pod in a namespace of its own, from the image of a gateway. It goes with the test. */
export async function stranger(
  test: { after(end: () => Promise<unknown>): void },
  cluster: Cluster,
): Promise<Pod> {
  const namespace = `${cluster.namespace}-${STRANGER}`;
  await cluster.kubectl("create", "namespace", namespace);
  test.after(() => cluster.kubectl("delete", "namespace", namespace, "--wait=false"));
  const account = [`--namespace=${namespace}`, "serviceaccount/default"];
  // Who makes pods before there is one is refused.
  await cluster.kubectl("wait", ...account, "--for=create", "--timeout=60s");
  const gateway = cluster.gateways[0]?.name;
  const image = (await cluster.pods()).find((pod) => componentOf(pod) === gateway)?.spec
    .containers[0]?.image;
  const server = `require("node:net").createServer().listen(${STRANGER_PORT})`;
  await cluster.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name: STRANGER, labels: { [NAME]: STRANGER } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: STRANGER, image, command: ["node", "--eval", server] }],
    },
  });
  const of = [`--namespace=${namespace}`, `pod/${STRANGER}`];
  await cluster.kubectl("wait", ...of, "--for=condition=Ready", "--timeout=60s");
  return JSON.parse(await cluster.kubectl("get", ...of, "--output=json")) as Pod;
}

/**
 * Tries every port on which any pod listens, from every pod of the system and from `other`, at every other pod, at
 * the cluster's names and at its API server. @returns what opened
 */
export async function open(cluster: Cluster, other: Pod): Promise<Connections> {
  const pods = [...(await cluster.pods()), other];
  const listening = await Promise.all(pods.map((pod) => portsOf(cluster, pod)));
  const ports = [...new Set(listening.flat())].sort((one, two) => one - two);
  const outside = [
    { name: "names:53", address: await service(cluster, "kube-system", "kube-dns", 53) },
    { name: "api:443", address: await service(cluster, "default", "kubernetes", 443) },
  ];
  const found = new Set<string>();
  for (const from of pods) {
    const others = pods.filter(({ metadata }) => metadata.uid !== from.metadata.uid);
    const targets = others.flatMap((to) =>
      ports.map((port) => ({
        name: `${componentOf(to)}:${port}`,
        address: `${to.status.podIP}:${port}`,
      })),
    );
    targets.push(...outside);
    const addresses = targets.map(({ address }) => address);
    const opened = new Set(await inside(cluster, from, PROBE, ...addresses));
    for (const { name, address } of targets) {
      if (opened.has(address)) found.add(`${componentOf(from)} -> ${name}`);
    }
  }
  return found;
}

/** The ports on which a pod listens for others. */
async function portsOf(cluster: Cluster, pod: Pod): Promise<number[]> {
  const tables = await inside(cluster, pod, "cat /proc/net/tcp /proc/net/tcp6");
  return tables
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = "", , state]) => state === LISTEN && !LOOPBACK.test(local))
    .map(([, local = ""]) => Number.parseInt(local.split(":")[1] ?? "", 16));
}

/** Where a Service of the cluster is. */
async function service(
  cluster: Cluster,
  namespace: string,
  name: string,
  port: number,
): Promise<string> {
  const address = ["--output", "jsonpath={.spec.clusterIP}"];
  const ip = await cluster.kubectl(
    "get",
    `--namespace=${namespace}`,
    `service/${name}`,
    ...address,
  );
  return `${ip}:${port}`;
}

/** The lines that a script writes in a pod. */
async function inside(
  cluster: Cluster,
  { metadata: { namespace, name } }: Pod,
  ...script: readonly string[]
): Promise<string[]> {
  const [text = "", ...words] = script;
  const command = ["bash", "-c", text, "bash", ...words];
  const said = await cluster.kubectl("exec", `--namespace=${namespace}`, name, "--", ...command);
  return said.split("\n").filter((line) => line !== "");
}
