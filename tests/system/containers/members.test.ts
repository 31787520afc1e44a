/** A system whose clients log in, in containers: as in production, with a provider that has a certificate, and as the
 * generated workflow starts it, where there is none. It leaves nothing. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { parse } from "yaml";
import { identity } from "../support/certificates.ts";
import { answerOf, problemOf } from "../support/client.ts";
import { Compose } from "../support/docker.ts";
import { asksWhoIsThere, HANDLER, handler, order, runsOnce } from "../support/members.ts";
import { type Project, prepared } from "../support/project.ts";
import { DOCKER_HOST, Provider } from "../support/provider.ts";

const WORKFLOW = ".github/workflows/containers.yml";
const CA = "/etc/ssl/provider.pem";
/** Of the service, behind one PostgreSQL. */
const REPLICAS = 2;

interface Workflow {
  readonly jobs: { readonly containers: { readonly env: Readonly<Record<string, string>> } };
}

suite("members in containers", () => {
  const ends: (() => void)[] = [];
  /** What is undone when nothing runs any more. */
  const undo = { after: (end: () => void) => void ends.push(end) };
  let project: Project;
  let compose: Compose;
  let provider: Provider;
  let shop: string;
  let desk: string;

  before(async () => {
    project = await prepared("members");
    compose = await Compose.of(project);
    [shop = "", desk = ""] = compose.gateways.map((gateway) => compose.url(gateway));
    const own = await identity("provider");
    provider = await Provider.start(undo, project, { host: DOCKER_HOST, identity: own });
    const { AUTH_ISSUER, ...variables } = provider.variables;
    project.edit(undo, HANDLER, handler);
    project.edit(undo, ".env", `${project.read(".env")}AUTH_ISSUER=${AUTH_ISSUER}\n`);
    const gateway = {
      environment: { ...variables, AUTH_CLOCK_TOLERANCE_MS: 0, NODE_EXTRA_CA_CERTS: CA },
      volumes: [`${own.ca}:${CA}:ro`],
      extra_hosts: [`${DOCKER_HOST}:host-gateway`],
    };
    const orders = { environment: { IDEMPOTENCY_KEYS: "store" }, deploy: { replicas: REPLICAS } };
    const gateways = compose.gateways.map(({ name }) => [name, gateway]);
    const services = { orders, ...Object.fromEntries(gateways) };
    project.edit(undo, "compose.override.yaml", JSON.stringify({ services }));
  });
  after(async () => {
    await compose.down("--volumes");
    for (const end of ends) end();
  });

  test("clients log in at a provider, and development's tokens are no good", async (context) => {
    const { seconds } = await compose.up();
    context.diagnostic(`up ${Math.round(seconds)} s`);
    await asksWhoIsThere(context, [shop, desk], provider);
    const { stdout } = await project.succeed("make", ["--silent", "token"]);
    const own = await order(shop, { authorization: `Bearer ${stdout.trim()}` });
    await problemOf(own, 401, "unauthenticated");
  });

  test("replicas of the service share what they keep: a request that comes again runs once", async () => {
    const logs = async () => (await compose.run(["logs", "orders"])).stdout;
    await runsOnce(shop, provider, REPLICAS, logs);
  });

  test("its own tests pass from a container, with a token of the provider", async (context) => {
    const { output, seconds } = await compose.run(["run", "--build", "--no-TTY", "--rm", "e2e"], {
      env: { TOKEN: await provider.token("ann") },
    });
    const passed = [...output.matchAll(/ℹ pass (\d+)/g)].map(([, count]) => Number(count));
    assert.ok(passed.length > 0 && passed.every((count) => count > 0), output);
    context.diagnostic(`${passed.join(" + ")} tests ${Math.round(seconds)} s`);
  });

  test("as the workflow has it there is no provider, and development's tokens do", async () => {
    const { jobs } = parse(project.read(WORKFLOW)) as Workflow;
    const { env } = jobs.containers;
    await compose.run(["up", "--detach", "--wait", "--no-build"], { env });
    const { stdout } = await project.succeed("make", ["--silent", "token", "subject=ada"], { env });
    const asked = await order(shop, { authorization: `Bearer ${stdout.trim()}` });
    assert.equal((await answerOf<{ member: string }>(asked)).member, "ada");
    const ready = await answerOf<{ status: string }>(await fetch(`${shop}/readyz`));
    assert.equal(ready.status, "ready");
  });

  test("it leaves nothing", async () => {
    await compose.down("--volumes");
    assert.deepEqual(await compose.leftovers(), []);
  });
});
