/** A service whose replicas share a database, which a Job gave its schema and a volume outlives. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import waitFor from "p-wait-for";
import { RECOVERY_MS } from "../support/bridge.ts";
import { answerOf, post } from "../support/client.ts";
import { type Cluster, componentOf } from "../support/cluster.ts";
import { connects, start } from "../support/in-cluster.ts";
import { repository } from "../support/places.ts";

const skip = process.env.KUBECONFIG ? false : "KUBECONFIG names no cluster";
const PORT = 30082;
const REPLICAS = 2;

suite("PostgreSQL in a cluster, development", { skip }, () => {
  let cluster: Cluster;
  let url: string;

  before(async () => {
    cluster = await start("stored", {
      blueprint: join(repository, "tests/system/stored.yaml"),
      overlay: "development",
      version: [],
      images: ["postgres:18"],
    });
    url = await cluster.open(PORT);
  });
  after(() => cluster?.remove());

  const of = async (name: string) =>
    (await cluster.pods()).filter((pod) => componentOf(pod) === name);

  /** How often the gateway has said that it was asked for a summary. */
  const counted = async () => {
    const asked = await post(`${url}/api/trends/summary`, {
      window_seconds: 3600,
      name: "request",
    });
    const { names } = await answerOf<{ names: { count: number }[] }>(asked);
    return names[0]?.count ?? 0;
  };

  test("is ready, every part of it", () => cluster.settled(RECOVERY_MS));

  test("opens the connections that the blueprint asks for, and no others", (context) =>
    connects(context, cluster));

  test("replicas of the service know what each of them was told", async () => {
    await cluster.kubectl("scale", "deployment/trends", `--replicas=${REPLICAS}`);
    await cluster.settled(RECOVERY_MS);
    assert.equal((await of("trends")).length, REPLICAS);
    await waitFor(async () => (await counted()) >= REPLICAS * 2, {
      interval: 200,
      timeout: RECOVERY_MS,
    });
  });

  test("what was told outlives the pod of the database", async () => {
    const before = await counted();
    const [pod] = await of("postgres");
    await cluster.kubectl("delete", "pod", pod?.metadata.name ?? assert.fail());
    await cluster.settled(RECOVERY_MS);
    assert.ok((await counted()) >= before);
  });
});
