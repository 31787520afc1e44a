import { Client, type Dispatcher, Pool } from "undici";
import { httpUrl } from "../environment.ts";
import type { LinkSettings } from "../links.ts";
import type { CallContext, Json, ServiceEvent } from "../ports.ts";
import { Problem } from "../problem.ts";
import { traceHeaders } from "../tracing.ts";
import { problemOfError, problemOfResponse } from "./problems.ts";
import { follow, type StreamRequest } from "./stream.ts";

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
  /** Server-sent events, over as many connections as it takes. */
  follow(request: StreamRequest): AsyncIterable<ServiceEvent>;
  health(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds; below the 5 s of the services, so that no request meets a closing connection. */
const KEEP_ALIVE_MS = 4000;
const CONNECT_MS = 2000;
/** Bytes of an answer. */
const RESPONSE_LIMIT = 16 * 1024 * 1024;
const DEVELOPMENT_TOKEN = "development-only";

/** Reads the address and the token of a link; connects when there is something to ask. */
export function openHttp(link: LinkSettings): HttpLink {
  const { origin, base, authorization } = readSettings(link);
  const service = link.service.name;
  const calls = new Pool(origin, {
    connections: link.concurrency,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxResponseSize: RESPONSE_LIMIT,
    connect: { timeout: CONNECT_MS },
    // The signal of each call ends it; undici's own timeouts would only be a second clock.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  // Connections of their own: neither a full pool nor a stuck stream holds up the other, or health.
  const stream = new Client(origin, { connect: { timeout: CONNECT_MS } });
  const probes = new Client(origin, { connect: { timeout: CONNECT_MS } });

  return {
    async ask({ path, accept, body, read }: Question, context: CallContext): Promise<Json> {
      const left = Math.ceil(context.deadline - Date.now());
      if (left <= 0) throw new Problem("deadline_exceeded", "No time was left", { sent: false });
      try {
        const response = await calls.request({
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

    follow(request: StreamRequest): AsyncIterable<ServiceEvent> {
      return follow(request, { client: stream, base, authorization, log: link.log, service });
    },

    async health(signal: AbortSignal): Promise<void> {
      try {
        const response = await probes.request({ method: "GET", path: `${base}/readyz`, signal });
        if (response.statusCode !== 200) throw await problemOfResponse(response, service);
        await response.body.dump();
      } catch (error) {
        throw problemOfError(error, signal, service);
      }
    },

    async close(): Promise<void> {
      await Promise.all([calls.destroy(), stream.destroy(), probes.destroy()]);
    },
  };
}

function readSettings({ environment, prefix }: LinkSettings) {
  const name = `${prefix}_URL`;
  const url = environment.read({ [name]: httpUrl() })[name];
  const token = environment.secret("SERVICE_TOKEN", DEVELOPMENT_TOKEN);
  // A wrong address has been told; until that is judged any origin does.
  return {
    origin: url?.origin ?? "http://127.0.0.1",
    base: url?.pathname.replace(/\/$/, "") ?? "",
    authorization: `Bearer ${token}`,
  };
}
