import type { Json } from "./ports.ts";

/** An event as clients see it. */
export interface ChannelEvent {
  /** Given by this gateway; a client that comes back with it goes on behind it. */
  readonly id: string;
  /** `<service>.<event>`, `jobs.<id>`, or `stream.gap`: events were missed before this one. */
  readonly channel: string;
  /** RFC 3339 with an offset. */
  readonly time: string;
  readonly data: Json;
}

export interface SubscribeOptions {
  /**
   * `<service>.<event>`, `<service>.*` or `jobs.<id>`, the id in full: who can name a job may see
   * it. Left out: every event of every service, and no job.
   */
  readonly channels?: readonly string[];
  /** Id of the last event that the client has: what came after it is replayed first. When the
   * buffer no longer holds all of it, a `stream.gap` event comes before what is left. */
  readonly after?: string;
}

/**
 * One client's view of the events. Iterate it once; the loop ends after `close()` or when the
 * client lags. An event waits in a bounded queue until the loop asks for it, so a loop that awaits
 * the client's socket passes its back-pressure on.
 */
export interface Subscription extends AsyncIterable<ChannelEvent> {
  /** Aborts when the queue was full: the client is too slow and has lost events. */
  readonly lagging: AbortSignal;
  /** Adds a channel; from now on, without replay. @throws Problem `invalid_argument`, `not_found` */
  add(channel: string): void;
  /** Takes a channel away; events of it that already wait in the queue are still delivered. */
  remove(channel: string): void;
  /** Ends the loop and frees the queue. */
  close(): void;
}

/** The events of all services and jobs, fanned out to clients. */
export interface EventHub {
  /** @throws Problem `invalid_argument` for a malformed channel or too many, `not_found` for one
   * that no service has */
  subscribe(options?: SubscribeOptions): Subscription;
  /** Sends an event of the gateway's own to who subscribed to exactly `channel`. */
  publish(channel: string, data: Json): void;
  /** Stops listening to the services and ends every subscription. */
  close(): Promise<void>;
}
