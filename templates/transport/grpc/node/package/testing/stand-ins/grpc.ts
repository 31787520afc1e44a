import {
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type StatusObject,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Problem } from "../../src/calls/problem.ts";
import type { Any } from "../../src/transports/grpc/stubs/google/protobuf/any.ts";
import {
  BadRequest,
  ErrorInfo,
  RetryInfo,
} from "../../src/transports/grpc/stubs/google/rpc/error_details.ts";
import { Status } from "../../src/transports/grpc/stubs/google/rpc/status.ts";
import {
  HealthCheckResponse,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../src/transports/grpc/stubs/grpc/health/v1/health.ts";
import { connectWith } from "../../src/transports/grpc.ts";
import { sampleWiring } from "../sample.ts";
import type { Answer, OpenStandIn, OpenStream, ReceivedCall, StandIn } from "./direct.ts";
import type { StandInCodec } from "./grpc/codec.ts";
import { sample, sampleCodec } from "./grpc/sample.ts";

/** A gateway in front of the sample service. */
export const wiring = sampleWiring(connectWith(new Map([["sample", sampleCodec]])));

const HEALTH = "/grpc.health.v1.Health/Check";

/** An error of gRPC without details. */
export class Bare {
  readonly code: status;

  constructor(code: status) {
    this.code = code;
  }
}

/** Stands in for the sample service. */
export const standIn = standInWith(new Map([["SAMPLE", sample]]));

/**
 * Stands in for services: each on a real port of the loopback, with `answers` by operation.
 *
 * @param codecs The services' end of each contract, by what the variables of its link begin with
 */
export function standInWith(codecs: ReadonlyMap<string, StandInCodec>): OpenStandIn<Bare> {
  return (prefix, answers, port = 0) => {
    const codec = codecs.get(prefix);
    if (!codec) throw new Error(`there is no gRPC contract of ${prefix}`);
    return open(codec, prefix, answers, port);
  };
}

async function open(
  codec: StandInCodec,
  prefix: string,
  answers: Readonly<Record<string, Answer<Bare>>>,
  port: number,
): Promise<StandIn> {
  const calls: ReceivedCall[] = [];
  const streams: OpenStream[] = [];
  const state = { ready: true };
  const definition: Record<string, MethodDefinition<Buffer, Buffer>> = {};
  const implementation: UntypedServiceImplementation = {};

  for (const [operation, method] of Object.entries(codec.operations)) {
    definition[method.path] = methodOf(method.path, false);
    implementation[method.path] = (
      call: ServerUnaryCall<Buffer, Buffer>,
      reply: (error: Partial<StatusObject> | null, answer?: Buffer) => void,
    ) => {
      const given = new AbortController();
      call.once("cancelled", () => given.abort());
      const deadline = call.getDeadline();
      const received = {
        operation,
        input: method.decode(call.request),
        headers: call.metadata.getMap(),
        left: Number(deadline) - Date.now(),
        signal: given.signal,
      };
      calls.push(received);
      const answer = answers[operation] ?? (() => new Bare(status.UNIMPLEMENTED));
      void Promise.resolve(answer(received)).then((answered) => {
        if (answered instanceof Bare) reply({ code: answered.code, details: "" });
        else if (answered instanceof Problem) reply(statusOf(answered));
        else reply(null, method.encode(answered));
      });
    };
  }
  definition[codec.events.path] = methodOf(codec.events.path, true);
  implementation[codec.events.path] = (call: ServerWritableStream<Buffer, Buffer>) => {
    call.sendMetadata(new Metadata());
    streams.push({
      after: codec.events.after(call.request),
      report: (event) => void call.write(codec.events.encode(event)),
      babble: () => {},
      end: () => call.end(),
      cut: () => call.end(),
    });
  };
  definition[HEALTH] = methodOf(HEALTH, false);
  implementation[HEALTH] = (
    _call: ServerUnaryCall<Buffer, Buffer>,
    reply: (error: null, answer: Buffer, trailer: Metadata) => void,
  ) => {
    const trailer = new Metadata();
    if (!state.ready) trailer.set("not-ready-bin", Buffer.from("the model is loading"));
    const status = state.ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    reply(null, Buffer.from(HealthCheckResponse.encode({ status }).finish()), trailer);
  };

  const server = new Server({ "grpc.so_reuseport": 0 });
  server.addService(definition as ServiceDefinition, implementation);
  const bound = await listen(server, port);
  return {
    variables: { [`${prefix}_GRPC_ADDRESS`]: `127.0.0.1:${bound}` },
    port: bound,
    calls,
    streams,
    get ready() {
      return state.ready;
    },
    set ready(ready: boolean) {
      state.ready = ready;
    },
    // At once: open connections are cut.
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}

export function methodOf(path: string, responseStream: boolean): MethodDefinition<Buffer, Buffer> {
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    path,
    requestStream: false,
    responseStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

/** A problem with the standard details (https://google.aip.dev/193). */
export function statusOf({
  code: word,
  message,
  errors,
  retryAfter,
}: Problem): Partial<StatusObject> {
  const name = word === "conflict" ? "ABORTED" : word.toUpperCase();
  const code = status[name as keyof typeof status];
  const reason = { reason: word.toUpperCase(), domain: "hybridge", metadata: new Map() };
  const details: Any[] = [any("ErrorInfo", ErrorInfo, reason)];
  if (errors) {
    const field_violations = errors.map(({ pointer, detail }) => ({
      field: pointer,
      description: detail,
    }));
    details.push(any("BadRequest", BadRequest, { field_violations }));
  }
  if (retryAfter !== undefined) {
    const retry_delay = { seconds: retryAfter, nanos: 0 };
    details.push(any("RetryInfo", RetryInfo, { retry_delay }));
  }
  const metadata = new Metadata();
  const encoded = Status.encode({ code, message, details }).finish();
  metadata.set("grpc-status-details-bin", Buffer.from(encoded));
  return { code, details: message, metadata };
}

function any<M>(
  name: string,
  type: { encode(message: M): { finish(): Uint8Array } },
  message: M,
): Any {
  return {
    type_url: `type.googleapis.com/google.rpc.${name}`,
    value: type.encode(message).finish(),
  };
}

export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
}
