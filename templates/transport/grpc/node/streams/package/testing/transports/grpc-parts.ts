import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamItem } from "../../src/calls/streams.ts";
import type { Json } from "../../src/contract.ts";
import type { Wiring } from "../../src/server/gateway.ts";
import type { Codec } from "../../src/transports/grpc/codec.ts";
import { type ContractTest, comparable } from "../contract.ts";
import type { StandInCodec } from "../stand-ins/grpc/codec.ts";
import type { StandInMethod } from "../stand-ins/grpc-streams.ts";

export interface Ends {
  /** By the name of the service. */
  readonly codecs: ReadonlyMap<string, Codec>;
  /** By what its variables begin with. */
  readonly standIns: ReadonlyMap<string, StandInCodec>;
  readonly examples: ContractTest["examples"];
}

/** Of what is answered in parts, each end reads what the other one writes. */
export function testParts({ links }: Wiring, { codecs, standIns, examples }: Ends): void {
  for (const { service, prefix } of links) {
    for (const [name, gateway] of Object.entries(codecs.get(service.name)?.streams ?? {})) {
      const { input, part = null, output } = examples[service.name]?.[name] ?? {};
      // An internal operation has no example.
      if (input === undefined || output === undefined) continue;
      test(`the messages of ${service.name}.${name} are read as they were written`, () => {
        const standIn: StandInMethod | undefined = standIns.get(prefix)?.streams?.[name];
        if (!standIn) throw new Error(`the stand-in of ${service.name} does not know it`);
        const asked = standIn.decode(gateway.encode(input));
        assert.deepEqual(comparable(asked), comparable(input));
        const items: StreamItem[] = [{ part }, { output }];
        for (const item of items) {
          const read = gateway.read(standIn.write(item));
          assert.deepEqual(comparable(read as unknown as Json), comparable({ ...item }));
        }
        assert.equal(gateway.read(Buffer.of()), undefined, "what a newer service sends beside");
      });
    }
  }
}
