import { connectWith } from "../../../src/transports/grpc.ts";
import { sampleCodec } from "../../../testing/stand-ins/grpc/sample.ts";

/** The transport, with the sample as the one service that it knows. */
export const connect = connectWith(new Map([["sample", sampleCodec]]));
