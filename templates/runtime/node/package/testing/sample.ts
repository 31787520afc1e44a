import pino from "pino";
import { openLocalBackplane } from "../src/backplane/local.ts";
import type { OpenApiDocument } from "../src/calls/validation.ts";
import type { ServiceContract } from "../src/contract.ts";
import { Environment } from "../src/server/environment.ts";
import { createGateway, type Gateway, type Wiring } from "../src/server/gateway.ts";
import type { Connect, LinkSettings, TransportClient } from "../src/transports/client.ts";
import { createServer } from "./framework.ts";

/** A service that only the tests know, so that they hold whatever the blueprint says. */
export const sample = {
  name: "sample",
  operations: {
    read: {
      service: "sample",
      name: "read",
      safe: true,
      internal: false,
      input: "SampleReadInput",
      output: "SampleReadOutput",
      observe: { name: "reading", attributes: ["word", "length"] },
    },
    write: {
      service: "sample",
      name: "write",
      safe: false,
      internal: false,
      input: "SampleReadInput",
      output: "SampleReadOutput",
    },
    record: {
      service: "sample",
      name: "record",
      safe: false,
      internal: true,
      input: "SampleRecordInput",
      output: "SampleRecordOutput",
    },
  },
  events: ["told", "asked"],
} as const satisfies ServiceContract;

export const openapi: OpenApiDocument = {
  openapi: "3.1.0",
  paths: {},
  components: {
    schemas: {
      SampleReadInput: {
        type: "object",
        properties: {
          word: { type: "string", maxLength: 100 },
          count: { type: "integer" },
          note: { type: "string" },
        },
        required: ["word"],
        additionalProperties: false,
      },
      SampleReadOutput: {
        type: "object",
        properties: { word: { type: "string" }, length: { type: "integer" } },
        required: ["word", "length"],
        additionalProperties: false,
      },
      Job: {
        type: "object",
        properties: {
          id: { type: "string" },
          service: { type: "string" },
          operation: { type: "string" },
          status: { type: "string" },
          created: { type: "string" },
          finished: { type: "string" },
          result: {},
          problem: { type: "object", additionalProperties: true },
        },
        required: ["id", "service", "operation", "status", "created"],
      },
    },
  },
};

/** What a transport gets to open a link to the sample with, without a gateway around it. */
export function sampleLink(variables: Readonly<Record<string, string>>): LinkSettings {
  return {
    identity: { system: "demo", name: "gateway" },
    service: sample,
    prefix: "SAMPLE",
    environment: new Environment({ APP_ENV: "test", ...variables }),
    concurrency: 100,
    log: pino({ level: "silent" }),
  };
}

/** A gateway's wiring with the sample behind `connect`. */
export function sampleWiring(connect: Connect, wiring: Partial<Wiring> = {}): Wiring {
  return {
    identity: { system: "demo", name: "gateway" },
    folder: import.meta.dirname,
    server: createServer,
    authenticate: () => async () => ({ subject: "anonymous" }),
    links: [{ service: sample, connect, prefix: "SAMPLE" }],
    observers: [],
    realtime: [],
    backplane: openLocalBackplane,
    openapi,
    ...wiring,
  };
}

/** A gateway without its HTTP side, in front of a service that stands in for the sample. */
export function openGateway(
  service: TransportClient,
  variables: Readonly<Record<string, string>> = {},
  wiring: Partial<Wiring> = {},
): Gateway & AsyncDisposable {
  const gateway = createGateway(
    { APP_ENV: "test", LOG_LEVEL: "silent", ...variables },
    sampleWiring(() => service, wiring),
  );
  return {
    ...gateway,
    async [Symbol.asyncDispose]() {
      await gateway.drain();
      await gateway.close();
    },
  };
}
