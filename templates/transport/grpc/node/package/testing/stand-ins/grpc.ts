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
import type { FieldError, ProblemCode } from "../../src/calls/problem.ts";
import type { Json } from "../../src/contract.ts";
import type { ServiceEvent } from "../../src/transports/client.ts";
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
import type { StandInCodec } from "./grpc/codec.ts";
import { sample } from "./grpc/sample.ts";

const HEALTH = "/grpc.health.v1.Health/Check";

/** A call as the stand-in received it. */
export interface ReceivedCall {
  readonly operation: string;
  readonly input: Json;
  /** The last value of each name. */
  readonly metadata: Readonly<Record<string, string | Buffer>>;
  /** Milliseconds that were left when it arrived. */
  readonly left: number;
  /** Aborts when the gateway gives the call up. */
  readonly signal: AbortSignal;
}

/** Answers an operation: with an output, or with what to send instead. */
export type Answer = (call: ReceivedCall) => Promise<Json | Refusal> | Json | Refusal;

/** What a service says of a problem. */
export interface Reported {
  readonly code: ProblemCode;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly retryAfter?: number;
}

/** An error with the standard details (https://google.aip.dev/193), or a bare one. */
export class Refusal {
  readonly status: Partial<StatusObject>;

  constructor(code: status, reported?: Reported) {
    const metadata = new Metadata();
    if (reported) metadata.set("grpc-status-details-bin", detailsOf(code, reported));
    this.status = { code, details: reported?.detail ?? "", metadata };
  }
}

/** A stream of events that a gateway has opened. */
export interface OpenStream {
  /** The id of the last event that the gateway has seen, or `""`. */
  readonly after: string;
  report(event: ServiceEvent): void;
  /** Ends it as a server does that closes old connections. */
  cut(): void;
}

export interface GrpcStandIn extends AsyncDisposable {
  /** Environment variables that lead a gateway here. */
  readonly variables: Readonly<Record<string, string>>;
  readonly port: number;
  readonly calls: readonly ReceivedCall[];
  readonly streams: readonly OpenStream[];
  ready: boolean;
}

/** Stands in for the sample service. */
export const standIn = standInWith(new Map([["SAMPLE", sample]]));

/**
 * Stands in for services: each on a real port of the loopback, with `answers` by operation.
 *
 * @param codecs The services' end of each contract, by what the variables of its link begin with
 */
export function standInWith(codecs: ReadonlyMap<string, StandInCodec>) {
  return (
    prefix: string,
    answers: Readonly<Record<string, Answer>>,
    port = 0,
  ): Promise<GrpcStandIn> => {
    const codec = codecs.get(prefix);
    if (!codec) throw new Error(`there is no gRPC contract of ${prefix}`);
    return open(codec, prefix, answers, port);
  };
}

async function open(
  codec: StandInCodec,
  prefix: string,
  answers: Readonly<Record<string, Answer>>,
  port: number,
): Promise<GrpcStandIn> {
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
        metadata: call.metadata.getMap(),
        left: Number(deadline) - Date.now(),
        signal: given.signal,
      };
      calls.push(received);
      const answer = answers[operation] ?? (() => new Refusal(status.UNIMPLEMENTED));
      void Promise.resolve(answer(received)).then((given) => {
        if (given instanceof Refusal) reply(given.status);
        else reply(null, method.encode(given));
      });
    };
  }
  definition[codec.events.path] = methodOf(codec.events.path, true);
  implementation[codec.events.path] = (call: ServerWritableStream<Buffer, Buffer>) => {
    call.sendMetadata(new Metadata());
    streams.push({
      after: codec.events.after(call.request),
      report: (event) => void call.write(codec.events.encode(event)),
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

function methodOf(path: string, responseStream: boolean): MethodDefinition<Buffer, Buffer> {
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

function detailsOf(
  code: status,
  { code: word, detail = "", errors, retryAfter }: Reported,
): Buffer {
  const details: Any[] = [
    any("ErrorInfo", ErrorInfo, {
      reason: word.toUpperCase(),
      domain: "hybridge",
      metadata: new Map(),
    }),
  ];
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
  return Buffer.from(Status.encode({ code, message: detail, details }).finish());
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

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
}
