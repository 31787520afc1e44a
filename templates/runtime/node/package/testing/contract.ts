import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { OpenAuthentication } from "../src/auth/interface.ts";
import type { Json, ServiceContract } from "../src/contract.ts";
import type { Wiring } from "../src/server/gateway.ts";
import { closing, problemOf, serve } from "./serve.ts";

/** A service of a test, over a real transport. */
interface StandIn extends AsyncDisposable {
  /** Environment variables that lead a gateway there. */
  readonly variables: Readonly<Record<string, string>>;
  readonly calls: readonly { readonly input: Json }[];
}

/** What stands in for each service, by its name. */
export type StandIns = Readonly<
  Record<
    string,
    (prefix: string, answers: Readonly<Record<string, () => Json>>) => Promise<StandIn>
  >
>;

export interface Example {
  readonly input: { readonly [field: string]: Json };
  readonly output: Json;
  /** Where it is answered in parts. */
  readonly part?: Json;
}

export interface ContractTest {
  readonly wiring: Wiring;
  readonly service: ServiceContract;
  readonly standIns: StandIns;
  /** A valid input and answer of each operation, by service and operation. */
  readonly examples: Readonly<Record<string, Readonly<Record<string, Example>>>>;
}

/** Every public operation refuses what is not valid, and takes what is valid to the service and its
 * answer back. */
export function testContract({ wiring, service, standIns, examples }: ContractTest): void {
  const { name } = service;
  const link = wiring.links.find((candidate) => candidate.service === service);
  const standIn = standIns[name];
  if (!link || !standIn) throw new Error(`the gateway is not linked with ${name}`);
  const links = [link];
  const alone = { ...wiring, links, observers: [], authentication: everybody({ links }) };

  suite(name, () => {
    for (const operation of Object.values(service.operations)) {
      // What is answered in parts has a test of its own.
      if (operation.internal || operation.stream) continue;
      const example = examples[name]?.[operation.name];
      if (!example) throw new Error(`there is no example of ${name}.${operation.name}`);
      const { input, output } = example;
      const path = `/api/${name}/${operation.name}`;
      const answers = { [operation.name]: () => output };

      test(`${operation.name} refuses a field that is not in the contract`, async (t) => {
        const stand = closing(t, await standIn(link.prefix, answers));
        const gateway = closing(t, await serve(alone, stand.variables));

        const response = await gateway.post(path, { ...input, not_a_field: 1 });

        assert.equal(response.status, 400);
        const { code, errors } = await problemOf(response);
        assert.equal(code, "invalid_argument");
        assert.equal(errors?.[0]?.pointer, "/not_a_field");
        assert.equal(stand.calls.length, 0);
      });

      test(`${operation.name} takes the example to the service and its answer back`, async (t) => {
        const stand = closing(t, await standIn(link.prefix, answers));
        const gateway = closing(t, await serve(alone, stand.variables));

        const response = await gateway.post(path, input);

        assert.equal(response.status, 200);
        assert.deepEqual(comparable((await response.json()) as Json), comparable(output));
        assert.deepEqual(comparable(stand.calls[0]?.input ?? null), comparable(input));
      });
    }
  });
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/** The value as every transport sends it: JSON has no -0, and a time is an instant, whatever its offset. */
export function comparable(value: Json): Json {
  return JSON.parse(JSON.stringify(value), (_key, inner: Json) =>
    typeof inner === "string" ? inner.replace(TIMESTAMP, instant) : inner,
  );
}

function instant(_text: string, seconds: string, fraction: string | undefined, offset: string) {
  return `${Date.parse(`${seconds}${offset}`)} ${fraction?.replace(/0+$/, "") ?? ""}`;
}

/** For tests of something else: everybody is one client, who may ask for all that is linked. */
export function everybody({ links }: Pick<Wiring, "links">): OpenAuthentication {
  const needed = links.flatMap(({ service: { operations, scopes = {} } }) => [
    ...Object.values(operations).map((operation) => operation.scopes ?? []),
    ...Object.values(scopes),
  ]);
  const caller = { subject: "tester", scopes: needed.flat(), claims: {} };
  return () => ({ authenticate: async () => caller });
}
