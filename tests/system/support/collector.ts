import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import protobuf from "protobufjs";

/** What the tests read of OTLP: fields that are not named here are passed over.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const SCHEMA = `
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { string string_value = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1;
    bytes span_id = 2;
    bytes parent_span_id = 4;
    string name = 5;
    Kind kind = 6;
  }
  enum Kind { UNSPECIFIED = 0; INTERNAL = 1; SERVER = 2; CLIENT = 3; PRODUCER = 4; CONSUMER = 5; }
`;

const request = protobuf.parse(SCHEMA).root.lookupType("Request");

/** A span that arrived; ids are hexadecimal, and a root has no parent. */
export interface Span {
  readonly service: string;
  readonly name: string;
  readonly kind: "INTERNAL" | "SERVER" | "CLIENT" | "PRODUCER" | "CONSUMER";
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
}

interface Message {
  resourceSpans?: {
    resource?: { attributes?: { key: string; value?: { stringValue?: string } }[] };
    scopeSpans?: {
      spans?: {
        traceId: number[];
        spanId: number[];
        parentSpanId?: number[];
        name: string;
        kind: Span["kind"];
      }[];
    }[];
  }[];
}

/** Takes spans by OTLP over HTTP and keeps them. */
export class Collector {
  readonly spans: Span[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (incoming, response) => {
      const body = await buffer(incoming);
      const isPacked = incoming.headers["content-encoding"] === "gzip";
      this.#take(isPacked ? gunzipSync(body) : body);
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  }

  /** Listens on a free port until the end of the test. */
  static async start(test: TestContext): Promise<Collector> {
    const collector = new Collector();
    collector.#server.listen(0, "127.0.0.1");
    await once(collector.#server, "listening");
    test.after(() => {
      collector.#server.closeAllConnections();
      collector.#server.close();
    });
    return collector;
  }

  /** What makes a process send its spans here, soon. */
  get env(): Record<string, string> {
    const { port } = this.#server.address() as AddressInfo;
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_BSP_SCHEDULE_DELAY: "100",
    };
  }

  #take(body: Uint8Array): void {
    const message = request.toObject(request.decode(body), {
      bytes: Array,
      enums: String,
    }) as Message;
    for (const { resource, scopeSpans } of message.resourceSpans ?? []) {
      const name = resource?.attributes?.find(({ key }) => key === "service.name");
      const service = name?.value?.stringValue ?? "";
      for (const span of scopeSpans?.flatMap(({ spans }) => spans ?? []) ?? []) {
        this.spans.push({
          service,
          name: span.name,
          kind: span.kind,
          traceId: hex(span.traceId),
          spanId: hex(span.spanId),
          parentId: hex(span.parentSpanId ?? []),
        });
      }
    }
  }
}

function hex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString("hex");
}
