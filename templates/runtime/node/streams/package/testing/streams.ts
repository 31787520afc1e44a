import { EventSourceParserStream } from "eventsource-parser/stream";
import { createDispatch, type StreamItem } from "../src/calls/streams.ts";
import type { OpenApiDocument } from "../src/calls/validation.ts";
import type { Json, ServiceContract } from "../src/contract.ts";
import type { ChannelEvent, SubscribeOptions } from "../src/events/hub.ts";
import { openJobParts } from "../src/jobs/parts.ts";
import { realtime } from "../src/realtime/streams.ts";
import type { Gateway, Wiring } from "../src/server/gateway.ts";
import type { Connect } from "../src/transports/client.ts";
import { sampleWiring } from "./sample.ts";

/** A service that only the tests know, whose operations answer in parts, but for `ping`. */
export const sample = {
  name: "sample",
  operations: {
    tell: {
      service: "sample",
      name: "tell",
      safe: false,
      internal: false,
      input: "SampleTellInput",
      output: "SampleTellOutput",
      stream: "SampleTellPart",
    },
    look: {
      service: "sample",
      name: "look",
      safe: true,
      internal: false,
      input: "SampleTellInput",
      output: "SampleTellOutput",
      stream: "SampleTellPart",
    },
    ping: {
      service: "sample",
      name: "ping",
      safe: true,
      internal: false,
      input: "SampleTellInput",
      output: "SampleTellOutput",
    },
  },
  events: [],
} as const satisfies ServiceContract;

const record = (properties: Readonly<Record<string, object>>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const openapi: OpenApiDocument = {
  openapi: "3.1.0",
  paths: {},
  components: {
    schemas: {
      SampleTellInput: record({ topic: { type: "string" } }),
      SampleTellPart: record({ word: { type: "string" } }),
      SampleTellOutput: record({ words: { type: "integer" } }),
      Job: { type: "object" },
    },
  },
};

/** A gateway's wiring with that service behind `connect`. */
export function streamsWiring(connect: Connect): Wiring {
  return sampleWiring(connect, {
    links: [{ service: sample, connect, prefix: "SAMPLE" }],
    dispatch: createDispatch,
    jobParts: openJobParts,
    realtime: [realtime],
    openapi,
  });
}

/** A question as a stand-in received it. */
export interface ReceivedCall {
  readonly operation: string;
  readonly input: Json;
  /** Headers or metadata; of several values of one name, the last. */
  readonly headers: Readonly<Record<string, string | string[] | Buffer | undefined>>;
  /** Milliseconds that were left when it arrived. */
  readonly left: number;
  /** Aborts when the gateway gives the answer up. */
  readonly signal: AbortSignal;
}

/** A service of a test, over a real transport. */
export interface StreamStandIn extends AsyncDisposable {
  /** Environment variables that lead a gateway there. */
  readonly variables: Readonly<Record<string, string>>;
  readonly calls: readonly ReceivedCall[];
  /** Breaks off what it is sending, as a process that is killed does. */
  cut(): void;
}

/** Gives an answer; it is asked for the next item when there is room for it. */
export type Tell = (call: ReceivedCall) => AsyncIterable<StreamItem>;

/** Opens a stand-in that answers every operation by `tell`. */
export type OpenStreamStandIn = (prefix: string, tell: Tell) => Promise<StreamStandIn>;

/** A server-sent event of an answer. */
export interface AnswerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly [name: string]: Json };
}

/** All events of a response. */
export async function allEventsOf(response: Response): Promise<AnswerEvent[]> {
  const events: AnswerEvent[] = [];
  for await (const event of eventsOf(response)) events.push(event);
  return events;
}

/** The events of a response, as they arrive. */
export async function* eventsOf(response: Response): AsyncGenerator<AnswerEvent, void, undefined> {
  const body = response.body ?? new ReadableStream();
  const events = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { id = "", event = "", data } of events) {
    yield { id, event, data: JSON.parse(data) };
  }
}

/** What a client receives of a job until its end, or until so many events. */
export async function readJob(
  { hub }: Pick<Gateway, "hub">,
  id: string,
  { most = Infinity, ...options }: SubscribeOptions & { readonly most?: number } = {},
): Promise<ChannelEvent[]> {
  const subscription = hub.subscribe({ channels: [`jobs.${id}`], ...options });
  const events: ChannelEvent[] = [];
  for await (const event of subscription) {
    events.push(event);
    if (events.length >= most || "finished" in Object(event.data)) break;
  }
  subscription.close();
  return events;
}

/** A part by its number, a step by its status, anything else by its channel. */
export function shown({ channel, data }: ChannelEvent): Json {
  const { number, status } = Object(data);
  return number ?? status ?? channel;
}

/** A job from its beginning to its end, as `shown`: so many parts, none lost, none doubled. */
export function wholeJob(parts: number): Json[] {
  return ["queued", "running", ...numbers(1, parts), "succeeded"];
}

/** All from one number to another. */
export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}
