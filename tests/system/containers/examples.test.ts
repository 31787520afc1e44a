/** Examples as generated, in containers: started, examined, tested from outside, broken, removed. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { Compose, docker, inspect } from "../support/docker.ts";
import { repository } from "../support/places.ts";
import { listens } from "../support/ports.ts";
import { type Example, prepared } from "../support/project.ts";
import { JobTraffic, Traffic } from "../support/traffic.ts";
import { until } from "../support/until.ts";

/** For how long a client's requests count. */
const LIMIT_MS = 60_000;

/** Of each service that keeps nothing. */
const REPLICAS = 3;

/** The one that has everything: several gateways, a store, every transport and broker. */
const USUAL = "mixed";

const chosen = process.env.EXAMPLES ?? USUAL;
const examples = chosen === "all" ? all() : chosen.split(" ");

for (const example of examples) {
  suite(`${example} in containers`, () => {
    let compose: Compose;

    before(async () => {
      const project = await prepared(example as Example);
      // As with an umask of 077: whoever runs in an image reads its files all the same.
      await project.succeed("chmod", ["--recursive", "go=", "."]);
      compose = await Compose.of(project);
    });
    after(() => compose.down("--volumes"));

    test("`docker compose up --wait` ends with all of it healthy", async (context) => {
      const { seconds } = await compose.up();
      context.diagnostic(`${Math.round(seconds)} s`);
      const containers = await compose.containers();
      for (const [name, { State }] of containers) {
        if (State.Health) assert.equal(State.Health.Status, "healthy", name);
        // What has no health is there to do one thing.
        else assert.deepEqual([State.Status, State.ExitCode], ["exited", 0], name);
      }
      for (const { name } of [...compose.services, ...compose.gateways]) {
        assert.equal(containers.get(name)?.State.Health?.Status, "healthy", name);
      }
    });

    test("no container may do more than it has to", async () => {
      const own = new Set([...compose.services, ...compose.gateways].map(({ name }) => name));
      for (const [name, { State, Config, HostConfig }] of await compose.containers()) {
        assert.deepEqual(HostConfig.CapDrop, ["ALL"], name);
        assert.deepEqual(HostConfig.SecurityOpt, ["no-new-privileges:true"], name);
        assert.ok(HostConfig.Memory > 0, name);
        assert.ok(HostConfig.PidsLimit > 0, name);
        assert.equal(HostConfig.LogConfig.Config["max-size"], "10m", name);
        if (!own.has(name)) continue;
        assert.equal(HostConfig.ReadonlyRootfs, true, name);
        assert.equal(Config.User, "10001:10001", name);
        assert.equal(State.Status, "running", name);
        const { stdout: status } = await compose.exec(name, "cat", "/proc/self/status");
        assert.match(status, /^Uid:\s+10001\s/m);
        assert.match(status, /^CapEff:\s+0+$/m);
        assert.match(status, /^CapBnd:\s+0+$/m);
        assert.match(status, /^NoNewPrivs:\s+1$/m);
      }
    });

    test("gateways are published on loopback, and nothing else is", async () => {
      const gateways = new Set(compose.gateways.map(({ name }) => name));
      for (const [name, { NetworkSettings }] of await compose.containers()) {
        const published = Object.values(NetworkSettings.Ports).flatMap((port) => port ?? []);
        assert.equal(published.length, gateways.has(name) ? 1 : 0, name);
        for (const { HostIp } of published) assert.equal(HostIp, "127.0.0.1", name);
      }
    });

    test("services and stores reach nobody outside, and nobody outside reaches them", async () => {
      const inside = `${compose.name}_inside`;
      const [network] = await inspect<{ Internal: boolean }>(inside);
      assert.equal(network?.Internal, true);
      const [gateway] = compose.gateways;
      assert.ok(gateway);
      const { Image } = await compose.container(gateway.name);
      const gateways = new Set(compose.gateways.map(({ name }) => name));
      for (const [name, { State, NetworkSettings }] of await compose.containers()) {
        if (gateways.has(name) || State.Status !== "running") continue;
        assert.deepEqual(Object.keys(NetworkSettings.Networks), [inside], name);
      }
      const addresses = await Promise.all(
        compose.services.map(async ({ name, port }) => {
          const { NetworkSettings } = await compose.container(name);
          return `${NetworkSettings.Networks[inside]?.IPAddress}:${port}`;
        }),
      );
      const everyone = (what: string) => addresses.map(() => what);
      assert.deepEqual(await reach(Image, inside, addresses), everyone("open"));
      for (const outside of [`${compose.name}_edge`, "bridge"]) {
        const seen = await reach(Image, outside, addresses);
        assert.ok(!seen.includes("open"), `from ${outside}: ${seen.join(" ")}`);
      }
      // A documentation address (RFC 5737): what has no way out says so at once.
      assert.deepEqual(await reach(Image, inside, ["192.0.2.1:80"]), ["ENETUNREACH"]);
    });

    for (const number of [0, 1]) {
      test(`the generated end-to-end tests pass (gateway ${number + 1})`, async (context) => {
        const gateway = compose.gateways[number];
        if (!gateway) return context.diagnostic("the system has one gateway");
        const { output, seconds } = await compose.project.make("e2e", {
          env: { BASE_URL: compose.url(gateway) },
        });
        const passed = [...output.matchAll(/ℹ pass (\d+)/g)].map(([, count]) => Number(count));
        assert.ok(passed.length > 0 && passed.every((count) => count > 0), output);
        context.diagnostic(`${passed.join(" + ")} tests, ${Math.round(seconds)} s`);
      });
    }

    test("each container killed in turn, it recovers by itself and loses no job that a broker has", async (context) => {
      const traffic = new Traffic(compose);
      const jobs = new JobTraffic(compose);
      context.after(() => Promise.all([traffic.stop(), jobs.stop()]));
      // The tests before may have used up what one client is allowed in a minute.
      await traffic.answers(1, { within: LIMIT_MS });
      const containers = await compose.containers();
      for (const [name, { State }] of containers) {
        if (State.Status !== "running") continue;
        const { StartedAt } = State;
        await compose.kill(name);
        const begin = performance.now();
        await compose.restarted(name, StartedAt);
        await compose.ready();
        await traffic.answers(5);
        context.diagnostic(`${name}: ${Math.round((performance.now() - begin) / 1000)} s`);
      }
      await jobs.stop();
      await jobs.allDone();
      context.diagnostic(`${jobs.accepted.length} jobs were accepted, and done`);
    });

    test("with three of each service that keeps nothing, every request is answered", async (context) => {
      const { stdout } = await compose.run(["config", "--format", "json"]);
      const config = JSON.parse(stdout) as { services: Record<string, { volumes?: unknown[] }> };
      const names = compose.services
        .map(({ name }) => name)
        .filter((name) => !config.services[name]?.volumes);
      if (names.length === 0) return context.diagnostic("every service keeps something");
      const scale = names.flatMap((name) => ["--scale", `${name}=${REPLICAS}`]);
      await compose.up("--no-recreate", ...scale);
      await compose.ready();
      // One client alone would leave two of three idle.
      const traffic = new Traffic(compose, { clients: REPLICAS });
      context.after(() => traffic.stop());
      await until(
        "40 statuses",
        () => traffic.statuses,
        ({ length }) => length >= 40,
      );
      await traffic.stop();
      assert.equal(traffic.answered, traffic.statuses.length, traffic.statuses.join(" "));
      const containers = await compose.containers();
      for (const name of names) assert.ok(containers.has(`${name}-${REPLICAS}`), name);
    });

    test("`docker compose down --volumes` leaves nothing", async () => {
      assert.notEqual((await compose.leftovers()).length, 0);
      await compose.down("--volumes");
      assert.deepEqual(await compose.leftovers(), []);
    });

    test("`make backing` publishes what `make dev` needs, and starts nothing else", async (context) => {
      const { settings } = await compose.project.components();
      const ports = Object.keys(settings).filter((setting) => setting.endsWith("_PORT"));
      if (ports.length === 0) return context.diagnostic("the system needs nothing");
      await compose.make("backing");
      for (const variable of ports) assert.ok(await listens(compose.port(variable)), variable);
      assert.equal((await compose.containers()).size, ports.length);
      await compose.down("--volumes");
    });
  });
}

function all(): string[] {
  const files = readdirSync(join(repository, "examples")).filter((name) => name.endsWith(".yaml"));
  // Whose clients log in has tests of its own.
  return files.map((name) => name.slice(0, -5)).filter((name) => name !== "members");
}

/** What a container of `image` in `network` sees of each `host:port`. */
async function reach(image: string, network: string, addresses: string[]): Promise<string[]> {
  const script = `
    const look = (address) => new Promise((resolve) => {
      const [host, port] = address.split(":");
      const socket = require("node:net").connect(Number(port), host);
      socket.setTimeout(2000, () => resolve("silent"));
      socket.on("connect", () => resolve("open")).on("error", ({ code }) => resolve(code));
    });
    Promise.all(process.argv.slice(1).map(look)).then((seen) => {
      console.log(JSON.stringify(seen));
      process.exit();
    });`;
  const container = ["run", "--rm", "--network", network, image];
  return JSON.parse(await docker(...container, "node", "--eval", script, ...addresses)) as string[];
}
