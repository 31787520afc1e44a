/** A system whose service is ready only when a Job has made its topics, and keeps what it knows in a volume. */
import { after, before, suite, test } from "node:test";
import type { Cluster } from "../support/cluster.ts";
import { connects, start } from "../support/in-cluster.ts";

const skip = process.env.KUBECONFIG ? false : "KUBECONFIG names no cluster";

suite("kafka in a cluster, development", { skip }, () => {
  let cluster: Cluster;

  before(async () => {
    cluster = await start("kafka", {
      overlay: "development",
      version: [],
      images: ["apache/kafka:4.3"],
    });
  });
  after(() => cluster?.remove());

  test("is ready, every part of it", () => cluster.settled());

  test("opens the connections that the blueprint asks for, and no others", (context) =>
    connects(context, cluster));
});
