import type { Json } from "../../../src/contract.ts";
import type { ServiceEvent } from "../../../src/transports/client.ts";
import type { Codec, Method } from "../../../src/transports/grpc/codec.ts";
import type { StandInCodec } from "./codec.ts";

// The service that only tests know has no contract, and gRPC does not care what messages are made
// of: those of the sample are JSON.
const encode = (value: Json): Buffer => Buffer.from(JSON.stringify(value));
const decode = (bytes: Uint8Array): Json => JSON.parse(Buffer.from(bytes).toString()) as Json;
const method = (name: string): Method => ({
  path: `/sample.v1.SampleService/${name}`,
  encode,
  decode,
});

const operations = { read: method("Read"), write: method("Write"), record: method("Record") };
const path = "/sample.v1.SampleService/Events";

/** The gateway's end. */
export const sampleCodec: Codec = {
  operations,
  events: {
    path,
    ask: encode,
    read: (bytes) => decode(bytes) as unknown as ServiceEvent,
  },
};

/** The service's end. */
export const sample: StandInCodec = {
  operations,
  events: {
    path,
    after: (bytes) => String(decode(bytes)),
    encode: (event) => encode({ ...event }),
  },
};
