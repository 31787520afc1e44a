/** Three of each service in containers, behind two gateways, over transports without a broker. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, suite, test } from "node:test";
import { answerOf, post } from "../support/client.ts";
import { Compose } from "../support/docker.ts";
import { freshFolder } from "../support/places.ts";
import { generateFrom, Project } from "../support/project.ts";
import { Stream } from "../support/stream.ts";
import { RECOVERY_MS, until } from "../support/until.ts";

const HERE = resolve(import.meta.dirname, "..");
const SERVICES = ["over-rest", "over-graphql", "over-grpc"];
const REPLICAS = 3;
const CALLS = 30;
/** What may pass until all replicas are asked: over gRPC a connection takes calls for 30 s. */
const PATIENCE_MS = 2 * RECOVERY_MS;

interface Told {
  readonly name: string;
  readonly process: string;
}

suite(`${REPLICAS} of each service, behind two gateways`, () => {
  let compose: Compose;

  before(async () => {
    const project = new Project(join(freshFolder("replicas"), "replicas"));
    const blueprint = join(HERE, "replicas.yaml");
    const outcome = await generateFrom(blueprint, project.folder, { flags: ["--no-git"] });
    assert.equal(outcome.code, 0, outcome.output);
    const handler = readFileSync(join(HERE, "handlers/tell.py"), "utf8");
    for (const name of SERVICES) {
      const module = name.replace("-", "_");
      project.put(`services/${name}/src/${module}/handlers/tell.py`, handler);
    }
    // The test asks more in a minute than a person does.
    const settings = { environment: { RATE_LIMIT: "1000000" } };
    project.put(
      "compose.override.yaml",
      JSON.stringify({ services: { one: settings, two: settings } }),
    );
    compose = await Compose.of(project);
    await scale(REPLICAS);
  });
  after(() => compose.down("--volumes"));

  /** Starts or stops replicas until there are so many of each service. */
  async function scale(count: number): Promise<void> {
    const scales = SERVICES.flatMap((name) => ["--scale", `${name}=${count}`]);
    await compose.up("--no-recreate", ...scales);
    await compose.ready();
  }

  function gatewayUrl(number: number): string {
    const gateway = compose.gateways[number] ?? assert.fail(`there is no gateway ${number + 1}`);
    return compose.url(gateway);
  }

  /** Calls a service `CALLS` times, which tells as many events. */
  async function tell(service: string, prefix: string, gateway = 0): Promise<Told[]> {
    const told: Told[] = [];
    for (let number = 0; number < CALLS; number += 1) {
      const name = `${prefix}-${number}`;
      const url = `${gatewayUrl(gateway)}/api/${service}/tell`;
      const { process } = await answerOf<Told>(await post(url, { name }));
      told.push({ name, process });
    }
    return told;
  }

  const byName = (first: Told, second: Told) => first.name.localeCompare(second.name);
  const gaps = ({ events }: Stream) => events.filter(({ channel }) => channel === "stream.gap");

  /** What a stream has heard of what was told; fails unless it is all of it, once. */
  async function hears(stream: Stream, told: readonly Told[], prefix: string): Promise<void> {
    const look = () =>
      stream.events
        .map(({ data }) => data as unknown as Told)
        .filter(({ name = "" }) => name.startsWith(`${prefix}-`));
    const isAll = ({ length }: Told[]) => length >= told.length;
    const heard = await until(`${told.length} events`, look, isAll);
    assert.deepEqual(heard.sort(byName), [...told].sort(byName));
  }

  /** Calls until as many processes as there should be have answered. */
  async function answeredBy(service: string, count: number): Promise<void> {
    const shares = async () => {
      const told = await tell(service, `round-${crypto.randomUUID()}`);
      const processes = Map.groupBy(told, ({ process }) => process);
      return [...processes].map(([process, all]) => `${process}: ${all.length}`);
    };
    const options = { within: PATIENCE_MS, every: 1000 };
    await until(`${count} of ${service}`, shares, ({ length }) => length === count, options);
  }

  for (const service of SERVICES) {
    const channels = [`${service}.told`];

    test(`${service}: all of them answer, and each event is heard at both gateways, once`, async (context) => {
      await answeredBy(service, REPLICAS);
      const streams = [
        await Stream.open(gatewayUrl(0), channels),
        await Stream.open(gatewayUrl(1), channels),
      ];
      const told = await tell(service, "both");
      const shares = Map.groupBy(told, ({ process }) => process);
      context.diagnostic([...shares.values()].map(({ length }) => length).join(" + "));
      assert.equal(shares.size, REPLICAS);
      for (const stream of streams) {
        await hears(stream, told, "both");
        assert.deepEqual(gaps(stream), []);
        stream.close();
      }
    });

    test(`${service}: who goes to the other gateway goes on where it was`, async () => {
      const first = await Stream.open(gatewayUrl(0), channels);
      await hears(first, await tell(service, "before"), "before");
      first.close();
      const { id } = first.events.at(-1) ?? assert.fail("no event");
      const missed = await tell(service, "missed");
      const second = await Stream.open(gatewayUrl(1), channels, id);
      await hears(second, missed, "missed");
      await hears(second, await tell(service, "then", 1), "then");
      assert.equal(second.events.length, 2 * CALLS);
      second.close();
    });

    test(`${service}: one is killed, the others go on, and it is heard again`, async () => {
      const stream = await Stream.open(gatewayUrl(1), channels);
      const killed = `${service}-2`;
      const { State: before } = await compose.container(killed);
      await compose.kill(killed);
      assert.equal((await fetch(`${gatewayUrl(0)}/readyz`)).status, 200);
      await compose.restarted(killed, before.StartedAt, PATIENCE_MS);
      await answeredBy(service, REPLICAS);
      await hears(stream, await tell(service, "again"), "again");
      stream.close();
    });
  }

  test("fewer are enough, and more are found", async () => {
    const streams = new Map<string, Stream>();
    for (const service of SERVICES) {
      streams.set(service, await Stream.open(gatewayUrl(1), [`${service}.told`]));
    }
    for (const count of [1, REPLICAS]) {
      await scale(count);
      for (const [service, stream] of streams) {
        await answeredBy(service, count);
        await hears(stream, await tell(service, `scaled-${count}`), `scaled-${count}`);
      }
    }
    for (const stream of streams.values()) {
      assert.deepEqual(gaps(stream), []);
      stream.close();
    }
  });
});
