/** What the README of a generated system promises of a cluster, from the images to the last pod that is lost. */
import assert from "node:assert/strict";
import { after, before, suite, type TestContext, test } from "node:test";
import type { Job } from "./bridge.ts";
import { Cluster, componentOf } from "./cluster.ts";
import { asked, open, stranger } from "./connections.ts";
import { deployable, type Overlay } from "./manifests.ts";
import type { Project } from "./project.ts";
import { Rush, type Sent } from "./rush.ts";
import { RECOVERY_MS, until } from "./until.ts";

export interface InCluster {
  readonly overlay: Overlay;
  /** What a person did to the project before. */
  readonly prepare?: (project: Project) => void;
  /** Before the overlay is applied: what it needs and does not bring. */
  readonly provide?: (cluster: Cluster) => Promise<void>;
  /** Words that `make k8s-images` gets, for the first and for the second version. */
  readonly versions: readonly [readonly string[], readonly string[]];
  /** Brings the second version in, once its images are there. */
  readonly upgrade: (cluster: Cluster) => Promise<void>;
  /** Images that are not the system's own. */
  readonly images: readonly string[];
  /** Also ask for jobs: they outlive every pod. */
  readonly jobs: boolean;
  /** Of the nodes, for the Service of the gateway: systems that run side by side have their own. */
  readonly port: number;
}

/** What it takes to run an example. */
type Start = Pick<InCluster, "overlay" | "prepare" | "provide" | "images"> & {
  readonly version: readonly string[];
  /** Its blueprint, when it is no example of the repository. */
  readonly blueprint?: string;
};

const skip = process.env.KUBECONFIG ? false : "KUBECONFIG names no cluster";
/** Answers that have to follow before it counts as recovered. */
const ENOUGH = 10;

/** Defines the tests of an example; they build on each other. */
export function inCluster(example: string, options: InCluster): void {
  suite(`${example} in a cluster, ${options.overlay}`, { skip }, () => {
    let project: Project;
    let cluster: Cluster;
    let url: string;

    before(async () => {
      cluster = await start(example, { ...options, version: options.versions[0] });
      project = cluster.project;
      url = await cluster.open(options.port);
    });
    after(() => cluster?.remove());

    test("is ready, every part of it", async () => {
      await cluster.settled();
      const ready = await fetch(`${url}/readyz`);
      assert.match(await ready.text(), /"status":"ready"/);
    });

    test("opens the connections that the blueprint asks for, and no others", (context) =>
      connects(context, cluster));

    test("passes its end-to-end tests through the Service", async (context) => {
      const outcome = await project.make("e2e", { env: { BASE_URL: url } });
      const passed = [...outcome.output.matchAll(/ℹ pass (\d+)/g)].map(([, count]) =>
        Number(count),
      );
      assert.ok(passed.length > 0 && passed.every((count) => count > 0), outcome.output);
      context.diagnostic(`${passed.join(" + ")} tests, ${Math.round(outcome.seconds)} s`);
    });

    test("rolls out a second version, and no request fails", async (context) => {
      const replaced = new Set(await replacedAsAWhole());
      for (const [file, comment] of sources()) {
        project.put(file, `${project.read(file)}\n${comment} The second version.\n`);
      }
      await cluster.images(...options.versions[1]);
      const before = await running();
      const traffic = rush();
      context.after(() => traffic.stop());
      await answersBegin(traffic);
      const begin = performance.now();
      await options.upgrade(cluster);
      await cluster.settled(2 * RECOVERY_MS);
      context.diagnostic(seconds(begin));
      await answersAgain(traffic);
      await traffic.stop();
      for (const [name, image] of await running()) assert.notEqual(image, before.get(name), name);
      // One whose volume belongs to one process is away for a moment, and its callers are told so.
      const excused = ({ request, status, body }: Sent) =>
        status === 503 &&
        body.includes('"unavailable"') &&
        [...replaced].some((name) => request.includes(`/api/${name}/`));
      context.diagnostic(summary(traffic));
      assert.deepEqual(
        traffic.failures.filter((answer) => !excused(answer)),
        [],
      );
      const away = (traffic.failures.at(-1)?.at ?? 0) - (traffic.failures.at(0)?.at ?? 0);
      assert.ok(away < RECOVERY_MS, `${away} ms`);
      await keeps(traffic);
    });

    test("gets over the loss of each pod in turn", async (context) => {
      const traffic = rush();
      context.after(() => traffic.stop());
      await answersBegin(traffic);
      for (const { metadata } of await cluster.workloads()) {
        const pods = await cluster.pods();
        const pod = pods.find((one) => componentOf(one) === metadata.name) ?? assert.fail();
        const failed = traffic.failures.length;
        const begin = performance.now();
        await cluster.kubectl("delete", "pod", pod.metadata.name, "--wait=false");
        await cluster.settled(3 * RECOVERY_MS);
        await answersAgain(traffic);
        context.diagnostic(`${metadata.name}: ${seconds(begin)}`);
        context.diagnostic(summary(traffic, failed));
      }
      await traffic.stop();
      await keeps(traffic);
    });

    function rush(): Rush {
      const [gateway] = cluster.gateways;
      return new Rush(project, `http://127.0.0.1:${gateway?.port}`, url, options.jobs);
    }

    const answersBegin = (traffic: Rush) =>
      until(
        `${ENOUGH} answers`,
        () => traffic.answers,
        () => traffic.answered >= ENOUGH,
      );

    /** Waits until every request is answered again, several times. */
    async function answersAgain(traffic: Rush): Promise<void> {
      const look = () => {
        const last = traffic.answers.slice(-ENOUGH * traffic.requests.length);
        return traffic.failures.filter((failure) => last.includes(failure));
      };
      await until("no request fails any more", look, ({ length }) => length === 0);
    }

    /** Every job that was accepted comes to its end. */
    async function keeps(traffic: Rush): Promise<void> {
      const accepted = traffic.answers.filter(({ status }) => status === 202);
      assert.equal(accepted.length > 0, options.jobs);
      for (const { body } of accepted) {
        const { id } = JSON.parse(body) as Job;
        const look = async () => (await (await fetch(`${url}/api/jobs/${id}`)).json()) as Job;
        await until("a job is done", look, ({ status }) => status === "succeeded", { every: 100 });
      }
    }

    /** Components that are ended before they are started anew. */
    async function replacedAsAWhole(): Promise<string[]> {
      const workloads = await cluster.workloads();
      return workloads
        .filter(({ spec }) => spec.strategy?.type === "Recreate")
        .map(({ metadata }) => metadata.name);
    }

    /** A source file of each component, and what a comment begins with in it. */
    function sources(): [file: string, comment: string][] {
      return [
        ...cluster.gateways.map(({ name }): [string, string] => [
          `services/${name}/src/main.ts`,
          "//",
        ]),
        ...cluster.services.map(({ name }): [string, string] => [
          `services/${name}/src/${name.replaceAll("-", "_")}/main.py`,
          "#",
        ]),
      ];
    }

    /** The image that each component runs, by its content. */
    async function running(): Promise<Map<string, string>> {
      const own = new Set([...cluster.gateways, ...cluster.services].map(({ name }) => name));
      const pods = (await cluster.pods()).filter((pod) => own.has(componentOf(pod)));
      return new Map(
        pods.map((pod) => [componentOf(pod), pod.status.containerStatuses?.[0]?.imageID ?? ""]),
      );
    }
  });
}

/** How many requests there were, and when some of them failed. */
function summary({ answers, failures }: Rush, from = 0): string {
  const failed = failures.slice(from);
  const [first, last] = [failed.at(0), failed.at(-1)];
  const when = first && last ? `, from ${first.at} to ${last.at} ms` : "";
  return `${answers.length} requests, ${failed.length} not answered${when}`;
}

/** Brings an example into the cluster. */
export async function start(example: string, options: Start): Promise<Cluster> {
  const { blueprint } = options;
  const project = await deployable(example, { locked: true, ...(blueprint && { blueprint }) });
  options.prepare?.(project);
  const cluster = await Cluster.of(project, options.overlay);
  await cluster.images(...options.version);
  await cluster.load(options.images);
  try {
    await options.provide?.(cluster);
    await cluster.volumes();
    await cluster.apply();
  } catch (error) {
    await cluster.remove();
    throw error;
  }
  return cluster;
}

/** Tries every connection. */
export async function connects(context: TestContext, cluster: Cluster): Promise<void> {
  const other = await stranger(context, cluster);
  const expected = asked(cluster);
  // What the policies say takes a moment to be so.
  const look = async () => {
    const found = await open(cluster, other);
    return { missing: [...expected.difference(found)], more: [...found.difference(expected)] };
  };
  const isSo = ({ missing, more }: Awaited<ReturnType<typeof look>>) =>
    missing.length + more.length === 0;
  await until("the connections of the blueprint", look, isSo);
  context.diagnostic(`${expected.size} connections`);
}

function seconds(begin: number): string {
  return `${Math.round((performance.now() - begin) / 1000)} s`;
}
