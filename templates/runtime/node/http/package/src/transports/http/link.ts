import { isIPv6 } from "node:net";
import { host } from "envalid";
import { Agent, type Dispatcher, interceptors } from "undici";
import { Problem } from "../../calls/problem.ts";
import type { Json } from "../../contract.ts";
import { traceHeaders } from "../../observability/tracing.ts";
import { httpUrl } from "../../server/environment.ts";
import type { CallContext, LinkSettings, ServiceEvent, TransportClient } from "../client.ts";
import { addressesOf, anyOf } from "../replicas/addresses.ts";
import { followReplicas } from "../replicas/follow.ts";
import { problemOfError, problemOfResponse } from "./problems.ts";
import { openStream, type StreamRequest } from "./stream.ts";

/** A call as HTTP sends it. */
export interface Question {
  /** Below the service's address. */
  readonly path: string;
  /** Media type of the answer. */
  readonly accept: string;
  readonly body: Json;
  /** Makes an answer of a response. @throws Problem */
  readonly read: (response: Dispatcher.ResponseData) => Promise<Json>;
}

/** A service that is reached over HTTP, whatever its requests look like. */
export interface HttpLink {
  /** POSTs a question with everything that goes along with a call. @throws Problem */
  ask(question: Question, context: CallContext): Promise<Json>;
  /** Server-sent events of all replicas, over as many connections as it takes. */
  follow(
    request: StreamRequest,
    options: Parameters<TransportClient["events"]>[0],
  ): AsyncIterable<ServiceEvent>;
  /** Resolves when a replica is ready. */
  health(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds; below the 5 s of the services, so that no request meets a closing connection. */
const KEEP_ALIVE_MS = 4000;
const CONNECT_MS = 2000;
/** Milliseconds for which the addresses behind a name are used before it is looked up again. */
const NAME_MS = 2000;
/** Bytes of an answer. */
const RESPONSE_LIMIT = 16 * 1024 * 1024;
const DEVELOPMENT_TOKEN = "development-only";

/** Reads the address and the token of a link; connects when there is something to ask. */
export function openHttp(link: LinkSettings): HttpLink {
  const { url, replicas, base, authorization } = readSettings(link);
  const service = link.service.name;
  const addresses = addressesOf(url.hostname);
  // Calls go to the addresses behind the name in turn.
  const calls = new Agent({
    connections: link.concurrency,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxResponseSize: RESPONSE_LIMIT,
    connect: { timeout: CONNECT_MS },
    // The signal of each call ends it; undici's own timeouts would only be a second clock.
    headersTimeout: 0,
    bodyTimeout: 0,
  }).compose(interceptors.dns({ maxTTL: NAME_MS }));
  // Connections of their own: neither a full pool nor a stuck stream holds up the other, or health.
  const streams = new Agent({ connect: { timeout: CONNECT_MS } });
  const probes = new Agent({ connect: { timeout: CONNECT_MS } });

  return {
    async ask({ path, accept, body, read }: Question, context: CallContext): Promise<Json> {
      const left = Math.ceil(context.deadline - Date.now());
      if (left <= 0) throw new Problem("deadline_exceeded", "No time was left", { sent: false });
      try {
        const response = await calls.request({
          origin: url,
          method: "POST",
          path: `${base}${path}`,
          headers: {
            ...traceHeaders(),
            accept,
            authorization,
            "content-type": "application/json",
            "request-timeout-ms": String(left),
            "idempotency-key": context.idempotencyKey,
          },
          body: JSON.stringify(body),
          signal: context.signal,
        });
        return await read(response);
      } catch (error) {
        throw problemOfError(error, context.signal, service);
      }
    },

    follow(request, options): AsyncIterable<ServiceEvent> {
      const headers = { host: url.host, authorization };
      return followReplicas({
        addresses: addressesOf(replicas),
        open: (address, after, signal) => {
          const origin = originAt(url, address);
          const source = { dispatcher: streams, origin, base, headers, service, signal };
          return openStream(request, after, source);
        },
        ...options,
        log: link.log,
        service,
      });
    },

    async health(signal: AbortSignal): Promise<void> {
      try {
        await anyOf(addresses, async (address) => {
          const response = await probes.request({
            origin: originAt(url, address),
            method: "GET",
            path: `${base}/readyz`,
            headers: { host: url.host },
            signal,
          });
          if (response.statusCode !== 200) throw await problemOfResponse(response, service);
          await response.body.dump();
        });
      } catch (error) {
        throw problemOfError(error, signal, service);
      }
    },

    async close(): Promise<void> {
      await Promise.all([calls.destroy(), streams.destroy(), probes.destroy()]);
    },
  };
}

/** The origin of one replica; the name stays in `Host`, from which TLS takes it. */
function originAt({ protocol, port }: URL, address: string): string {
  const host = isIPv6(address) ? `[${address}]` : address;
  return `${protocol}//${host}${port && `:${port}`}`;
}

function readSettings({ environment, prefix }: LinkSettings) {
  const name = `${prefix}_URL`;
  // A wrong address has been reported; until that is judged any other does.
  const url = environment.read({ [name]: httpUrl() })[name] ?? new URL("http://127.0.0.1");
  // Behind an address that stands for all replicas they have another name.
  const each = `${prefix}_REPLICAS`;
  const replicas = environment.read({ [each]: host({ default: undefined }) })[each] ?? url.hostname;
  const token = environment.secret("SERVICE_TOKEN", DEVELOPMENT_TOKEN);
  const base = url.pathname.replace(/\/$/, "");
  return { url, replicas, base, authorization: `Bearer ${token}` };
}
