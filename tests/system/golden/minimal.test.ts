import assert from "node:assert/strict";
import { bareMachine } from "../support/bare-machine.ts";
import { answerOf, isOk, type Json, post, problemOf, type Said, tried } from "../support/client.ts";
import { goldenPath } from "../support/golden.ts";
import { until } from "../support/until.ts";

/** Requests that one client may send in a minute. */
const RATE_LIMIT = 200;

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
    return { word: WORDS[label], caller: request.caller?.subject ?? "anonymous" };
  });
}
`;

const ROUTERS = "services/trends/src/trends/routers.py";
/** Ordinary FastAPI: a router, a dependency, and one line for what operations have. */
const routers = `"""Counts."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel
from service_runtime import Call
from service_runtime.server.fastapi import Caller

router: Final = APIRouter()
ROUTERS: Final[Sequence[APIRouter]] = [router]

_counted: Final[list[str]] = []


class Count(BaseModel):
    """How often something was counted."""

    count: int


async def _known(name: str) -> str:
    if name == "nobody":
        raise HTTPException(404, "nobody is called so")
    return name


@router.post("/counts/{name}")
async def count(name: Annotated[str, Depends(_known)], caller: Caller) -> Count:
    """Count one more."""

    async def work(_call: Call) -> Count:
        _counted.append(name)
        return Count(count=len(_counted))

    return await caller.guard("count", work, once=True)
`;
const MIDDLEWARE = "services/trends/src/trends/middleware.py";
const NO_MIDDLEWARE = "    del app  # Nothing yet.\n";
const middleware = `
    @app.middleware("http")
    async def mark(request: Request, call_next: RequestResponseEndpoint) -> Response:  # pyright: ignore[reportUnusedFunction]
        response = await call_next(request)
        response.headers["x-team"] = "trends"
        return response
`;
const MIDDLEWARE_IMPORTS = "from fastapi import Depends, FastAPI\n";
const middlewareImports = `from fastapi import Depends, FastAPI, Request, Response
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
  settings: { GATEWAY_RATE_LIMIT: String(RATE_LIMIT) },
  async whileItRuns(context, project, { url }) {
    await context.test("a route that a person adds is one of the gateway's own", async (step) => {
      const words = `${url}/api/words`;
      const document = () => fetch(`${url}/openapi.json`).then(answerOf<Document>);
      const { components } = await document();
      const [pixels = []] = components.schemas.VisionPredictInput.properties.pixels.examples;
      const ask = (body: Json) => post(words, body);
      await problemOf(await ask({ pixels }), 404, "not_found");

      project.edit(step, ROUTE, route);
      await until("the route is there", () => tried(ask({ pixels })), isOk, { every: 200 });

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

      let last = await ask({});
      // A minute may end in the middle. One after another: many at once are refused for other reasons, too.
      for (let asked = 0; asked < 2 * RATE_LIMIT && last.status !== 429; asked += 1) {
        last = await ask({});
      }
      await problemOf(last, 429, "resource_exhausted");
      assert.ok(Number(last.headers.get("retry-after")) > 0);
    });

    await context.test(
      "a router and a middleware that a person adds are the service's own",
      async (step) => {
        const { services } = await project.components();
        const { port } = services.find(({ name }) => name === "trends") ?? assert.fail("no trends");
        const service = `http://127.0.0.1:${port}`;
        const headers = { authorization: "Bearer development-only" };
        const ask = (name: string, key: string) =>
          fetch(`${service}/counts/${name}`, {
            method: "POST",
            headers: { ...headers, "idempotency-key": key },
          });

        const text = project.read(MIDDLEWARE);
        project.edit(
          step,
          MIDDLEWARE,
          text
            .replace(NO_MIDDLEWARE, middleware)
            .replace(MIDDLEWARE_IMPORTS, middlewareImports)
            .replace(
              "\n\nfrom .resources",
              "\nfrom starlette.middleware.base import RequestResponseEndpoint\n\nfrom .resources",
            ),
        );
        project.edit(step, ROUTERS, routers);
        // What is not there is not found, too: in other words.
        const isThere = ({ text }: Said) => text.includes("nobody is called so");
        await until("the router is there", () => tried(ask("nobody", "none")), isThere);

        const first = await ask("ann", "key-1");
        assert.equal(first.headers.get("x-team"), "trends");
        assert.deepEqual(await answerOf(first), { count: 1 });
        assert.deepEqual(await answerOf(await ask("ann", "key-1")), { count: 1 });
        assert.deepEqual(await answerOf(await ask("ann", "key-2")), { count: 2 });
        assert.equal(
          (await problemOf(await ask("nobody", "none"), 404, "not_found")).detail,
          "nobody is called so",
        );
        const unknown = await fetch(`${service}/counts/ann`, { method: "POST" });
        await problemOf(unknown, 401, "unauthenticated");
        const document = await answerOf<Document>(
          await fetch(`${service}/openapi.json`, { headers }),
        );
        assert.ok(document.paths["/counts/{name}"]?.post);
        const metrics = await (await fetch(`${service}/metrics`)).text();
        assert.match(metrics, /\{[^}]*operation="count"[^}]*\} [1-9]/);

        const folder = project.path("services/trends");
        const uv = (...args: string[]) =>
          project.succeed("uv", ["run", "--no-sync", ...args], { cwd: folder });
        await uv("ruff", "format", "--check", ".");
        await uv("ruff", "check", ".");
        await uv("pyright");
      },
    );
  },
});
