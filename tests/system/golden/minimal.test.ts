import assert from "node:assert/strict";
import waitFor from "p-wait-for";
import { bareMachine } from "../support/bare-machine.ts";
import { answerOf, type Json, post, problemOf } from "../support/client.ts";
import { goldenPath } from "../support/golden.ts";

/** What a reload may take. */
const RELOAD_MS = 30_000;
/** More requests than one client may send in a minute. */
const TOO_MANY = 1300;

const ROUTE = "services/gateway/src/routes/words.ts";
/** A route as a person writes one: ordinary Fastify, and one line that asks a service. */
const route = `import type { FastifyInstance } from "fastify";

const WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

const schema = {
  summary: "words",
  description: "Says in a word which digit a picture shows.",
  body: {
    type: "object",
    properties: { pixels: { type: "array", items: { type: "number" }, minItems: 64 } },
    required: ["pixels"],
  },
  response: {
    200: {
      description: "The word.",
      type: "object",
      properties: { word: { type: "string" }, caller: { type: "string" } },
    },
  },
};

export default async function routes(app: FastifyInstance): Promise<void> {
  app.post<{ Body: { pixels: number[] } }>("/api/words", { schema }, async (request) => {
    const { label } = await request.services.vision.predict({ pixels: request.body.pixels });
    return { word: WORDS[label], caller: request.caller.subject };
  });
}
`;

interface Document {
  readonly paths: Readonly<Record<string, { readonly post?: { readonly summary?: string } }>>;
  readonly components: {
    readonly schemas: {
      readonly VisionPredictInput: {
        readonly properties: { readonly pixels: { readonly examples: readonly number[][] } };
      };
    };
  };
}

goldenPath("minimal", {
  checks: ["check"],
  env: bareMachine(),
  ports: "usual",
  async whileItRuns(context, project, { url }) {
    await context.test("a route that a person adds is one of the gateway's own", async (step) => {
      const words = `${url}/api/words`;
      const document = () => fetch(`${url}/openapi.json`).then(answerOf<Document>);
      const { components } = await document();
      const [pixels = []] = components.schemas.VisionPredictInput.properties.pixels.examples;
      const ask = (body: Json) => post(words, body);
      await problemOf(await ask({ pixels }), 404, "not_found");

      project.edit(step, ROUTE, route);
      const isThere = async () => (await ask({ pixels }).catch(() => undefined))?.status === 200;
      await waitFor(isThere, { interval: 200, timeout: RELOAD_MS });

      const answer = await answerOf(await ask({ pixels }));
      assert.deepEqual(answer, { word: "three", caller: "anonymous" });
      const { errors } = await problemOf(await ask({ pixels: "3" }), 400, "invalid_argument");
      assert.equal(errors?.[0]?.pointer, "/pixels");
      // What the service refuses comes back as the service's problem.
      await problemOf(await ask({ pixels: Array(64).fill(99) }), 400, "invalid_argument");
      assert.equal((await document()).paths["/api/words"]?.post?.summary, "words");
      assert.match(await (await fetch(`${url}/docs`)).text(), /swagger-ui-bundle\.js/);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      assert.match(metrics, /_count\{method="POST",route="\/api\/words",status="200"\} \d/);

      await project.succeed("npm", ["run", "lint"]);
      await project.succeed("npm", ["run", "typecheck", "--workspace", "services/gateway"]);

      const asked = Array.from({ length: TOO_MANY }, () => ask({}));
      const refused = (await Promise.all(asked)).filter(({ status }) => status === 429);
      const [first = assert.fail("nobody was refused")] = refused;
      await problemOf(first, 429, "resource_exhausted");
      assert.ok(Number(first.headers.get("retry-after")) > 0);
    });
  },
});
