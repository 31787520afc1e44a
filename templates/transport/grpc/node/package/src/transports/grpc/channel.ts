import { isIP } from "node:net";
import { type ChannelOptions, Client, credentials } from "@grpc/grpc-js";
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
  "grpc.max_receive_message_length": RESPONSE_LIMIT,
  // The service says what it takes.
  "grpc.max_send_message_length": -1,
  // A dead peer is found within 30 s. Services allow a ping each 10 s.
  "grpc.keepalive_time_ms": 20_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc.keepalive_permit_without_calls": 1,
  // A service that comes back is found at once, and one that comes back elsewhere within seconds.
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 5000,
  "grpc.dns_min_time_between_resolutions_ms": 5000,
};

/** Connects to a service by its name, or to one replica. Connections are shared by target, and outlive
 * a client by seconds. */
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
