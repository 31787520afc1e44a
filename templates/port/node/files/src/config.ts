/** The environment as the gateway reads it, validated. */
export interface Config {
  readonly environment: "development" | "test" | "production";
  readonly host: string;
  readonly port: number;
  /** CIDRs of proxies whose `X-Forwarded-*` headers are believed. */
  readonly trustProxy: readonly string[];
  /** Origins of other sites that may call from a browser; the gateway's own is always allowed. */
  readonly allowedOrigins: readonly string[];
  /** Bytes of a request body, and of a WebSocket message. */
  readonly bodyLimit: number;
  /** Milliseconds for a whole call, retries included. */
  readonly callTimeoutMs: number;
  readonly realtime: {
    /** Milliseconds between keep-alives of a stream, and between pings of a socket. */
    readonly heartbeatMs: number;
    /** Open streams and sockets at once, per way. */
    readonly maxClients: number;
    /** Messages that one socket may send per second. */
    readonly messagesPerSecond: number;
  };
}
