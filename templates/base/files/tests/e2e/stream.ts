import assert from "node:assert/strict";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { get, type Json } from "./gateway.ts";

/** An event of `GET /api/events`. */
export interface StreamEvent {
  readonly id: string;
  readonly channel: string;
  readonly time: string;
  readonly data: Json;
}

/** Milliseconds without an event after which a test has waited long enough. */
const PATIENCE_MS = 20_000;

/** The events of `channels` from behind the event `after`; leaving the loop closes the stream. */
export async function* events(
  channels: readonly string[],
  after?: string,
  patienceMs = PATIENCE_MS,
): AsyncGenerator<StreamEvent> {
  const query = new URLSearchParams(channels.map((channel) => ["channel", channel]));
  const response = await get(`/api/events?${query}`, {
    headers: after === undefined ? {} : { "last-event-id": after },
    signal: AbortSignal.timeout(patienceMs),
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  assert.ok(response.body);
  const messages = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { id, event, data } of messages) {
    assert.ok(id, "an event has no id");
    const { time, data: reported } = JSON.parse(data) as { time: string; data: Json };
    yield { id, channel: event ?? "", time, data: reported };
  }
}

/** An id that stands for now: who comes back with it gets all that happens from here on. */
export async function now(): Promise<string> {
  // Behind an event that the gateway does not know there is a gap, and its id is that of the moment.
  for await (const { id, channel } of events([], "unknown")) {
    assert.equal(channel, "stream.gap");
    return id;
  }
  throw new Error("the stream ended");
}
