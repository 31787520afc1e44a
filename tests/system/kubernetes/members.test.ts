/** A system whose clients log in at a provider outside of the cluster, and whose service has replicas that share a
 * database, which a Job gave its schema and a volume outlives. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { basename } from "node:path";
import { after, before, suite, test } from "node:test";
import { parse, stringify } from "yaml";
import { identity } from "../support/certificates.ts";
import { type Cluster, componentOf, NAME } from "../support/cluster.ts";
import { connects, start } from "../support/in-cluster.ts";
import { asksWhoIsThere, HANDLER, handler, runsOnce } from "../support/members.ts";
import { type Project, prepared } from "../support/project.ts";
import { Provider } from "../support/provider.ts";

const skip = process.env.KUBECONFIG ? false : "KUBECONFIG names no cluster";
const KUBERNETES = "deploy/kubernetes";
const OVERLAY = `${KUBERNETES}/overlays/development`;
const PORTS = [30082, 30083] as const;
const REPLICAS = 2;
/** Where containers find the provider's authority. */
const TRUSTED = "/etc/provider";

suite("members in a cluster, development", { skip }, () => {
  const ends: (() => void)[] = [];
  let cluster: Cluster;
  let provider: Provider;
  let shop: string;
  let desk: string;
  /** What the replicas agreed on. */
  let order: string;

  before(async () => {
    cluster = await start("members", {
      overlay: "development",
      version: [],
      images: ["postgres:18"],
      prepare: (project) => project.put(HANDLER, handler),
      provide: logsInAtProvider,
    });
    const [first, second] = cluster.gateways;
    shop = await cluster.open(PORTS[0], first);
    desk = await cluster.open(PORTS[1], second);
  });
  after(async () => {
    await cluster?.remove();
    for (const end of ends) end();
  });

  const of = async (name: string) =>
    (await cluster.pods()).filter((pod) => componentOf(pod) === name);
  const logs = () =>
    cluster.kubectl("logs", "--selector", `${NAME}=orders`, "--prefix", "--tail=-1");

  /** Starts a provider on this machine, and tells the overlay of it. */
  async function logsInAtProvider(cluster: Cluster): Promise<void> {
    const { project } = cluster;
    const [node = assert.fail()] = await cluster.nodes();
    const host = await addressTowards(node);
    const own = await identity("cluster-provider", [host]);
    const undo = { after: (end: () => void) => void ends.push(end) };
    const reached = { host, identity: own };
    provider = await Provider.start(undo, await prepared("members"), reached);
    settle(project, "shared", { ...provider.variables, AUTH_CLOCK_TOLERANCE_MS: "0" });
    settle(project, "orders", { IDEMPOTENCY_KEYS: "store" });
    copyFileSync(own.ca, project.path(OVERLAY, basename(own.ca)));
    const file = `${OVERLAY}/kustomization.yaml`;
    const { configMapGenerator = [], patches, ...others } = parse(project.read(file));
    project.put(
      file,
      stringify({
        ...others,
        configMapGenerator: [
          ...configMapGenerator,
          { name: "provider", files: [basename(own.ca)] },
        ],
        patches: [...patches, ...towards(provider.issuer, basename(own.ca))],
      }),
    );
  }

  test("is ready, every part of it", () => cluster.settled());

  test("opens the connections that the blueprint asks for, and no others", (context) =>
    connects(context, cluster));

  test("clients log in at the provider", (context) =>
    asksWhoIsThere(context, [shop, desk], provider));

  test("replicas of the service share what they keep: a request that comes again runs once", async () => {
    await cluster.kubectl("scale", "deployment/orders", `--replicas=${REPLICAS}`);
    await cluster.settled();
    assert.equal((await of("orders")).length, REPLICAS);
    order = await runsOnce(shop, provider, REPLICAS, logs);
  });

  test("what was kept outlives the pod of the database", async () => {
    const [pod] = await of("postgres");
    await cluster.kubectl("delete", "pod", pod?.metadata.name ?? assert.fail());
    await cluster.settled();
    assert.equal(await runsOnce(shop, provider, REPLICAS, logs), order);
  });
});

/** Sets what every overlay gets, as a person does. */
function settle(project: Project, name: string, values: Readonly<Record<string, string>>): void {
  const file = `${KUBERNETES}/base/${name}.env`;
  let text = project.read(file);
  for (const [key, value] of Object.entries(values)) {
    const line = new RegExp(`^(# )?${key}=.*$`, "m");
    assert.match(text, line);
    text = text.replace(line, `${key}=${value}`);
  }
  project.put(file, text);
}

/** What an overlay says that knows where the provider is: whom to trust, and where connections may go. */
function towards(issuer: string, ca: string): object[] {
  const { hostname, port } = new URL(issuer);
  const container = "/spec/template/spec/containers/0";
  const trust = [
    {
      op: "add",
      path: `${container}/env/-`,
      value: { name: "NODE_EXTRA_CA_CERTS", value: `${TRUSTED}/${ca}` },
    },
    {
      op: "add",
      path: `${container}/volumeMounts/-`,
      value: { name: "provider", mountPath: TRUSTED },
    },
    {
      op: "add",
      path: "/spec/template/spec/volumes/-",
      value: { name: "provider", configMap: { name: "provider" } },
    },
  ];
  const to = [{ ipBlock: { cidr: `${hostname}/32` } }];
  const ports = [{ protocol: "TCP", port: Number(port) }];
  const narrow = [{ op: "replace", path: "/spec/egress", value: [{ to, ports }] }];
  return [
    { target: { kind: "Deployment", name: "(shop|desk)" }, patch: JSON.stringify(trust) },
    { target: { kind: "NetworkPolicy", name: ".*-to-login" }, patch: JSON.stringify(narrow) },
  ];
}

/** The address of this machine that a node answers to. */
async function addressTowards(node: string): Promise<string> {
  const socket = createSocket("udp4");
  // Nothing is sent: the system only chooses the way.
  socket.connect(9, node);
  await once(socket, "connect");
  const { address } = socket.address();
  socket.close();
  return address;
}
