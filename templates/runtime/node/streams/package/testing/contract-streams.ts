import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { StreamItem } from "../src/calls/streams.ts";
import type { TransportClient } from "../src/transports/client.ts";
import { type ContractTest, everybody } from "./contract.ts";
import { LocalService } from "./local.ts";
import { closing, problemOf, serve } from "./serve.ts";
import { allEventsOf } from "./streams.ts";

const EVENTS = { accept: "text/event-stream" };

/** Every public operation that answers in parts refuses what is not valid, and gives the parts and the
 * output that its contract has. */
export function testStreamContract({
  wiring,
  service,
  examples,
}: Omit<ContractTest, "standIns">): void {
  const { name } = service;
  const link = wiring.links.find((candidate) => candidate.service === service);
  if (!link) throw new Error(`the gateway is not linked with ${name}`);

  suite(`${name}, in parts`, () => {
    for (const operation of Object.values(service.operations)) {
      if (operation.internal || !operation.stream) continue;
      const example = examples[name]?.[operation.name];
      if (example?.part === undefined) {
        throw new Error(`there is no example of ${name}.${operation.name}`);
      }
      const { input, part, output } = example;
      const path = `/api/${name}/${operation.name}`;
      const client: TransportClient = Object.assign(new LocalService(), {
        async *stream(): AsyncGenerator<StreamItem, void, undefined> {
          yield { part };
          yield { output };
        },
      });
      const links = [{ ...link, connect: () => client }];
      const alone = { ...wiring, links, observers: [], authentication: everybody({ links }) };

      test(`${operation.name} refuses a field that is not in the contract`, async (t) => {
        const gateway = closing(t, await serve(alone));
        const response = await gateway.post(path, { ...input, not_a_field: 1 }, EVENTS);
        assert.equal(response.status, 400);
        assert.equal((await problemOf(response)).errors?.[0]?.pointer, "/not_a_field");
      });

      test(`${operation.name} gives the example of a part and of the output`, async (t) => {
        const gateway = closing(t, await serve(alone));
        const events = await allEventsOf(await gateway.post(path, input, EVENTS));
        assert.deepEqual(events, [
          { id: "1", event: "part", data: part },
          { id: "2", event: "end", data: output },
        ]);
        const gathered = await (await gateway.post(path, input)).json();
        assert.deepEqual(gathered, { parts: [part], output });
      });
    }
  });
}
