/** Examples whose jobs a broker or a backplane keeps, the gateway three times, on a range of ports: clients need
 * not know which of them they reach. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isOver, type Job } from "../support/bridge.ts";
import { answerOf, isOk, type Json, post, said } from "../support/client.ts";
import { Compose } from "../support/docker.ts";
import { type Example, project } from "../support/project.ts";
import { Stream, type StreamEvent } from "../support/stream.ts";
import { grows, RECOVERY_MS, until } from "../support/until.ts";

const GATEWAYS = 3;
const LATER = { headers: { prefer: "respond-async" } };
/** From the loss of a gateway until another one has done its jobs: its lease, and theirs. */
const PATIENT = { within: 2 * RECOVERY_MS };
const INTERVAL_MS = 100;

/** What keeps jobs for all gateways, and what a job is there. */
interface System {
  readonly example: Example;
  readonly keeper: string;
  readonly operation: string;
  readonly input: Json;
}

const systems: readonly System[] = [
  {
    example: "scaled",
    keeper: "redis",
    operation: "digits/predict",
    input: { pixels: Array.from({ length: 64 }, () => 0) },
  },
  {
    example: "kafka",
    keeper: "kafka",
    operation: "counter/summary",
    input: { window_seconds: 300, name: "request", by: "operation", top: 5 },
  },
  {
    example: "rabbitmq",
    keeper: "rabbitmq",
    operation: "developer/develop",
    input: { negative: "AAAA", steps: [{ filter: "crop", settings: {} }] },
  },
];

const statuses = (events: readonly StreamEvent[]) =>
  events.map(({ data }) => (data as { status: string }).status);

for (const { example, keeper, operation, input } of systems) {
  suite(`${GATEWAYS} gateways of ${example}`, () => {
    let compose: Compose;
    let urls: readonly string[];

    before(async () => {
      compose = await Compose.of(await project(example), { gateways: GATEWAYS });
      await compose.up("--scale", `gateway=${GATEWAYS}`);
      urls = await compose.urls("gateway");
    });
    after(() => compose.down("--volumes"));

    const urlOf = (number: number) => urls[number % GATEWAYS] ?? assert.fail("no gateway");

    async function accepted(url: string): Promise<string> {
      const response = await post(`${url}/api/${operation}`, input, LATER);
      assert.equal(response.status, 202, await response.clone().text());
      return ((await response.json()) as Job).id;
    }

    async function finished(url: string, id: string): Promise<Job> {
      const look = async () => answerOf<Job>(await fetch(`${url}/api/jobs/${id}`));
      const options = { ...PATIENT, every: INTERVAL_MS };
      const job = await until("the job is over", look, isOver, options);
      // Nobody has written the operation of a worker yet.
      const isDone = job.status === "succeeded" || job.problem?.status === 501;
      assert.ok(isDone, JSON.stringify(job));
      return job;
    }

    /** Gives jobs to all gateways in turn while something happens, and tells which were accepted. */
    async function load(happens: (ids: readonly string[]) => Promise<void>): Promise<string[]> {
      const ids: string[] = [];
      let isDone = false;
      const done = happens(ids);
      void done.finally(() => {
        isDone = true;
      });
      for (let number = 0; !isDone; number += 1) {
        // A gateway that is gone, or one without its keeper of jobs, accepts nothing.
        await accepted(urlOf(number)).then(
          (id) => ids.push(id),
          () => undefined,
        );
        await pause(INTERVAL_MS);
      }
      await done;
      return ids;
    }

    test("each has a port of the range", () => {
      assert.equal(new Set(urls).size, GATEWAYS);
    });

    test("a job is the same at each, and each of its steps is told at each, once", async () => {
      for (let number = 0; number < GATEWAYS; number += 1) {
        const id = await accepted(urlOf(number));
        // Whoever was given a job may ask any gateway at once.
        for (const { status } of await Promise.all(
          urls.map((url) => fetch(`${url}/api/jobs/${id}`)),
        )) {
          assert.equal(status, 200);
        }
        const streams = await Promise.all(urls.map((url) => Stream.open(url, [`jobs.${id}`])));
        let job: Job | undefined;
        for (const url of urls) job = await finished(url, id);
        const status = job?.status ?? "";
        for (const [place, stream] of streams.entries()) {
          const isTold = (events: readonly StreamEvent[]) => statuses(events).at(-1) === status;
          const events = await stream.shows(`a job that ${status}`, isTold);
          stream.close();
          assert.deepEqual(statuses(events), [...new Set(statuses(events))]);
          const { id: last } = events.at(-1) ?? assert.fail("no event");
          const again = await Stream.open(urlOf(place + 1), [`jobs.${id}`], last);
          assert.equal(statuses(await again.until(1))[0], status);
          again.close();
        }
      }
    });

    for (const name of ["gateway-2", keeper]) {
      test(`no job is lost when ${name} is killed`, async (context) => {
        const { State } = await compose.container(name);
        const ids = await load(async (known) => {
          const tenMore = () => grows("jobs", () => known.length, 10, PATIENT);
          await tenMore();
          await compose.kill(name);
          // A broker takes its own time, a gateway no longer than is promised.
          await compose.restarted(name, State.StartedAt, name === keeper ? undefined : RECOVERY_MS);
          await tenMore();
        });
        for (const [number, id] of ids.entries()) {
          const url = urlOf(number);
          // Who was cut off from a broker knows of the others' jobs when it has read on.
          const look = () => said(fetch(`${url}/api/jobs/${id}`));
          await until(`job ${id} is known`, look, isOk, { every: INTERVAL_MS });
          await finished(url, id);
        }
        context.diagnostic(`${ids.length} jobs`);
      });
    }
  });
}
