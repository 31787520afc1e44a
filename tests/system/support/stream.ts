import assert from "node:assert/strict";
import { EventSourceParserStream } from "eventsource-parser/stream";
import type { Json } from "./client.ts";
import { type Until, until } from "./until.ts";

/** An event of `/api/events`. */
export interface StreamEvent {
  readonly id: string;
  readonly channel: string;
  readonly data: Json;
  /** Milliseconds from when it happened until it was here; both clocks are this machine's. */
  readonly delayMs: number;
}

/** A client of `/api/events` that keeps what it gets. */
export class Stream {
  events: StreamEvent[] = [];
  /** Resolves when the stream is over, whoever ended it. */
  readonly ended: Promise<void>;
  readonly #controller: AbortController;

  private constructor(response: Response, controller: AbortController) {
    this.#controller = controller;
    this.ended = this.#read(response);
  }

  /**
   * @param after Goes on behind the event with this id
   * @param headers Say who is asking
   */
  static async open(
    url: string,
    channels: readonly string[],
    after?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Stream> {
    const query = new URLSearchParams(channels.map((channel) => ["channel", channel]));
    return Stream.at(`${url}/api/events?${query}`, {
      ...headers,
      ...(after !== undefined && { "last-event-id": after }),
    });
  }

  /** The stream at an address, whatever that says of channels and of who is asking. */
  static async at(
    address: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Stream> {
    const controller = new AbortController();
    const response = await fetch(address, { headers, signal: controller.signal });
    assert.equal(response.status, 200);
    return new Stream(response, controller);
  }

  /** Waits until `count` events are here. */
  until(count: number): Promise<readonly StreamEvent[]> {
    return this.shows(`${count} events`, ({ length }) => length >= count);
  }

  /** Waits until its events are as they should be. */
  shows(
    awaited: string,
    isSo: (events: readonly StreamEvent[]) => boolean,
    options: Until = {},
  ): Promise<readonly StreamEvent[]> {
    return until(awaited, () => this.events, isSo, options);
  }

  /** Goes on in a list that others have begun. */
  keepIn(events: StreamEvent[]): void {
    events.push(...this.events);
    this.events = events;
  }

  /** Leaves. */
  close(): void {
    this.#controller.abort();
  }

  async #read({ body }: Response): Promise<void> {
    if (!body) throw new Error("the answer has no body");
    const messages = body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    try {
      for await (const { id = "", event = "", data } of messages) {
        const told = JSON.parse(data) as { time: string; data: Json };
        const delayMs = Date.now() - Date.parse(told.time);
        this.events.push({ id, channel: event, data: told.data, delayMs });
      }
    } catch (error) {
      if (!this.#controller.signal.aborted) throw error;
    }
  }
}
