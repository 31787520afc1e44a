import { isIP } from "node:net";
import { type ChannelOptions, Client, connectivityState, credentials } from "@grpc/grpc-js";
import type { Tls } from "../../server/settings.ts";

/** Bytes of an answer. */
const RESPONSE_LIMIT = 16 * 1024 * 1024;

/** Calls go to all addresses behind the name in turn. */
const SERVICE_CONFIG = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });

/** https://github.com/grpc/grpc-node/blob/master/packages/grpc-js/README.md#supported-channel-options */
const CHANNEL: ChannelOptions = {
  "grpc.service_config": SERVICE_CONFIG,
  // Components reach each other directly; a proxy of the environment is for what lies outside.
  "grpc.enable_http_proxy": 0,
  // The gateway retries, within the deadline and behind the circuit. Retries here as well would
  // multiply with those, and a call that was sent may be repeated only where the gateway knows so.
  "grpc.enable_retries": 0,
  // Nobody asks for its figures, which are taken of each call and message.
  "grpc.enable_channelz": 0,
  "grpc.max_receive_message_length": RESPONSE_LIMIT,
  // The service says what it takes.
  "grpc.max_send_message_length": -1,
  // No keepalive: on a connection that takes no more calls a ping fails, and with it all that still runs there. Who
  // is gone without a word is found by a new channel, and by a stream on which nothing comes (see `events.ts`).
  "grpc.use_local_subchannel_pool": 1,
  // A service that comes back is found at once, and one that comes back elsewhere within seconds.
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 5000,
  "grpc.dns_min_time_between_resolutions_ms": 5000,
};

/** Connects to a service by its name, or to one replica, over connections of its own. */
export type Dial = (target: string) => Client;

/** How the service at `address` is reached: over TLS where TLS_CA_FILE is set. */
export function dialing(address: string, { ca, cert, key, ...verify }: Tls): Dial {
  if (!ca) return (target) => new Client(target, credentials.createInsecure(), CHANNEL);
  const secure = credentials.createSsl(ca, key ?? null, cert ?? null, verify);
  const [, name = ""] = /^(?:dns:\/{2,3})?([^:]+):\d+$/.exec(address) ?? [];
  // A replica is reached by its address, and its certificate has the name of all.
  const named = name && !isIP(name) && { "grpc.ssl_target_name_override": name };
  return (target) => new Client(target, secure, { ...CHANNEL, ...named });
}

/** Milliseconds for which calls take one channel. */
const CHANNEL_MS = 30_000;

interface Channel {
  readonly client: Client;
  /** When the next is opened: milliseconds since the epoch. */
  end: number;
  calls: number;
}

/** Channels for calls, one after the other: each looks up anew who is there, and takes calls once it has a connection.
 * What runs on an earlier one goes on. */
export class Channels {
  readonly #open: () => Client;
  #channel: Channel | undefined;
  #next: Channel | undefined;

  constructor(open: () => Client) {
    this.#open = open;
  }

  async use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const channel = this.#current();
    channel.calls += 1;
    try {
      return await work(channel.client);
    } finally {
      channel.calls -= 1;
      if (channel !== this.#channel && channel.calls === 0) channel.client.close();
    }
  }

  close(): void {
    this.#channel?.client.close();
    this.#next?.client.close();
  }

  #current(): Channel {
    const last = this.#channel;
    if (!last) {
      this.#channel = this.#another();
      return this.#channel;
    }
    if (Date.now() < last.end) return last;
    this.#next ??= this.#another();
    // One that finds nobody, as when a name is not resolved for a moment, refuses all calls at once.
    if (!isReady(this.#next)) return last;
    this.#channel = this.#next;
    this.#channel.end = Date.now() + CHANNEL_MS;
    this.#next = undefined;
    if (last.calls === 0) last.client.close();
    return this.#channel;
  }

  #another(): Channel {
    return { client: this.#open(), end: Date.now() + CHANNEL_MS, calls: 0 };
  }
}

/** Whether it has a connection; if not, it looks for one. */
function isReady({ client }: Channel): boolean {
  return client.getChannel().getConnectivityState(true) === connectivityState.READY;
}
