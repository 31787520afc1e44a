import type { ChannelOptions } from "@grpc/grpc-js";

/** Bytes of an answer. */
const RESPONSE_LIMIT = 16 * 1024 * 1024;

/** Calls go to all addresses behind the name in turn. */
const SERVICE_CONFIG = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });

/** https://github.com/grpc/grpc-node/blob/master/packages/grpc-js/README.md#supported-channel-options */
export const CHANNEL: ChannelOptions = {
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
