import { once } from "node:events";
import {
  Server,
  type ServerWritableStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Problem } from "../../src/calls/problem.ts";
import type { StreamItem } from "../../src/calls/streams.ts";
import type { Json } from "../../src/contract.ts";
import { type MessageType, type Method, method } from "../../src/transports/grpc/codec.ts";
import { DETAILS } from "../../src/transports/grpc/problems.ts";
import type { Item, Refusal, StreamMethod } from "../../src/transports/grpc/streams.ts";
import { connectWith } from "../../src/transports/grpc.ts";
import {
  type OpenStreamStandIn,
  type ReceivedCall,
  sample,
  streamsWiring,
  type Tell,
} from "../streams.ts";
import { listen, methodOf, statusOf } from "./grpc.ts";

/** The service's end of an operation that answers in parts. */
export interface StandInMethod extends Pick<Method, "path" | "decode"> {
  write(item: StreamItem | Refusal): Buffer;
}

declare module "./grpc/codec.ts" {
  interface StandInCodec {
    /** What is answered in parts. */
    readonly streams?: Readonly<Record<string, StandInMethod>>;
  }
}

interface Ways<Q, V, P, O> {
  readonly path: string;
  readonly request: MessageType<Q>;
  decode(message: Q): V;
  readonly response: MessageType<{ item: Item<P, O> | undefined }>;
  part(value: never): P;
  output(value: never): O;
}

/** The service's end, from its messages. */
export function inParts<Q, V, P, O>(ways: Ways<Q, V, P, O>): StandInMethod {
  const { path, decode, request, response } = ways;
  const encode = (item: StreamItem | Refusal): { item: Item<P, O> } => {
    if ("part" in item) return { item: { $case: "part", part: ways.part(item.part as never) } };
    if ("problem" in item) return { item: { $case: "problem", problem: item.problem } };
    return { item: { $case: "output", output: ways.output(item.output as never) } };
  };
  return {
    ...method({ path, outgoing: response, encode, incoming: request, decode }),
    write: (item) => Buffer.from(response.encode(encode(item)).finish()),
  };
}

// As in `grpc/sample.ts`, messages are JSON.
const streams = Object.fromEntries(
  Object.keys(sample.operations).map((name): [string, StandInMethod & StreamMethod] => [
    name,
    {
      path: `/sample.v1.SampleService/${name}`,
      encode: (input) => Buffer.from(JSON.stringify(input)),
      decode: parse,
      write: (item) =>
        Buffer.from(JSON.stringify("problem" in item ? { problem: [...item.problem] } : item)),
      read(bytes) {
        const item = parse(bytes) as unknown as StreamItem | { problem: number[] };
        return "problem" in item ? { problem: Uint8Array.from(item.problem) } : item;
      },
    },
  ]),
);

function parse(bytes: Uint8Array): Json {
  return JSON.parse(Buffer.from(bytes).toString()) as Json;
}

const events = {
  path: "/sample.v1.SampleService/Events",
  ask: () => Buffer.of(),
  read: () => undefined,
};
const codec = { operations: {}, streams, events };

/** A gateway in front of the sample service that answers in parts. */
export const wiring = streamsWiring(connectWith(new Map([["sample", codec]])));

/** A service on a real port of the loopback. */
export const standIn: OpenStreamStandIn = async (prefix, tell) => {
  const calls: ReceivedCall[] = [];
  const implementation: UntypedServiceImplementation = {};
  for (const [operation, { path, decode, write }] of Object.entries(streams)) {
    implementation[path] = (call: ServerWritableStream<Buffer, Buffer>) => {
      const given = new AbortController();
      call.once("cancelled", () => given.abort());
      const received = {
        operation,
        input: decode(call.request),
        headers: call.metadata.getMap(),
        left: Number(call.getDeadline()) - Date.now(),
        signal: given.signal,
      };
      calls.push(received);
      void answer(received, tell, call, write);
    };
  }
  implementation[events.path] = (call: ServerWritableStream<Buffer, Buffer>) => {
    call.sendMetadata(call.metadata);
  };
  const server = new Server({ "grpc.so_reuseport": 0 });
  const definition = Object.keys(implementation).map((path) => [path, methodOf(path, true)]);
  server.addService(Object.fromEntries(definition) as ServiceDefinition, implementation);
  const port = await listen(server, 0);
  return {
    variables: { [`${prefix}_GRPC_ADDRESS`]: `127.0.0.1:${port}` },
    calls,
    cut: () => server.forceShutdown(),
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
};

async function answer(
  received: ReceivedCall,
  tell: Tell,
  call: ServerWritableStream<Buffer, Buffer>,
  write: StandInMethod["write"],
): Promise<void> {
  const { signal } = received;
  const left = once(signal, "abort");
  let hasBegun = false;
  const send = async (item: StreamItem | Refusal) => {
    hasBegun = true;
    // Each when there is room for it on the connection: a stream of objects has room for sixteen.
    const written = Promise.withResolvers<void>();
    call.write(write(item), () => written.resolve());
    await Promise.race([written.promise, left]);
  };
  try {
    for await (const item of tell(received)) {
      await send(item);
      if (signal.aborted) return;
    }
    call.end();
  } catch (error) {
    if (signal.aborted) return;
    const refusal = statusOf(Problem.from(error));
    if (!hasBegun) {
      call.emit("error", refusal);
      return;
    }
    const [problem] = refusal.metadata?.get(DETAILS) ?? [];
    await send({ problem: problem as Buffer });
    call.end();
  }
}
