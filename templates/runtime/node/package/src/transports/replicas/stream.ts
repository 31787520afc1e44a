import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import type { Logger } from "pino";
import type { ServiceEvent } from "../client.ts";

/**
 * Opens one stream of the events at an address, behind the event with the id `after`; without it
 * everything that is kept comes, behind a `stream.gap`. Resolves when the stream stands. It ends when
 * the other side says so, and throws when it breaks.
 */
export type OpenStream = (
  address: string,
  after: string | undefined,
  signal: AbortSignal,
) => Promise<AsyncIterable<ServiceEvent>>;

export interface ReplicaOptions {
  readonly address: string;
  readonly after: string | undefined;
  readonly open: OpenStream;
  /** Whether the address still belongs to the service. */
  readonly isListed: () => boolean;
  readonly receive: (event: ServiceEvent) => Promise<void>;
  /** Called at the end of each stream; `isWhole` when the replica ended it: it had reported all. */
  readonly onEnd: (isWhole: boolean) => void;
  /** Called when there is no stream at the first attempt. */
  readonly onAbsent: () => void;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly service: string;
}

/** Milliseconds between the end of a stream and the next; spread, so that gateways do not come
 * back all at once. */
const PAUSE_MS = 250;

/**
 * Follows the events at one address, over as many streams as it takes. An address that is not listed
 * any more is left when its stream has ended and there is no other: a replica that stops reports until
 * its end.
 */
export async function followReplica(options: ReplicaOptions): Promise<void> {
  const { address, receive, onEnd, signal, log, service } = options;
  let { after } = options;
  while (!signal.aborted) {
    const stream = await open(options, after);
    if (!stream) break;
    try {
      for await (const event of stream) {
        after = event.id;
        await receive(event);
      }
      onEnd(true);
    } catch (error) {
      if (signal.aborted) break;
      onEnd(false);
      log.warn({ err: error, service, address }, "stream of events broke");
    }
    await sleep(PAUSE_MS * (1 + Math.random()), undefined, { signal }).catch(() => {});
  }
}

/** One stream, opened however long that takes; `undefined` when the address is given up. */
async function open(
  { address, open, isListed, onAbsent, signal, log, service }: ReplicaOptions,
  after: string | undefined,
): Promise<AsyncIterable<ServiceEvent> | undefined> {
  try {
    return await pRetry(() => open(address, after, signal), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 250,
      maxTimeout: 10_000,
      randomize: true,
      signal,
      shouldRetry: isListed,
      onFailedAttempt: ({ error, attemptNumber }) => {
        onAbsent();
        const level = attemptNumber === 3 ? "warn" : "debug";
        log[level]({ err: error, service, address, attemptNumber }, "no stream of events yet");
      },
    });
  } catch (error) {
    if (signal.aborted || !isListed()) return undefined;
    throw error;
  }
}
