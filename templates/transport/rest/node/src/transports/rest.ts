import { Client, Pool } from "undici";
import { httpUrl } from "../core/environment.ts";
import type { Connect, LinkSettings } from "../core/links.ts";
import type { CallContext, Json, OperationContract, ServiceEvent } from "../core/ports.ts";
import { Problem } from "../core/problem.ts";
import { traceHeaders } from "../core/tracing.ts";
import { follow } from "./rest/events.ts";
import { problemOfError, problemOfResponse } from "./rest/problems.ts";

/** Milliseconds; below the 5 s of the services, so that no request meets a closing connection. */
const KEEP_ALIVE_MS = 4000;
const CONNECT_MS = 2000;
/** Bytes of an answer. */
const RESPONSE_LIMIT = 16 * 1024 * 1024;
const DEVELOPMENT_TOKEN = "development-only";

/** Calls a service over HTTP: see "The REST bridge" in the architecture of hybridge. */
export const connect: Connect = (link) => {
  const { origin, base, authorization } = readSettings(link);
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
    async call(operation: OperationContract, input: Json, context: CallContext): Promise<Json> {
      const left = Math.ceil(context.deadline - Date.now());
      if (left <= 0) throw new Problem("deadline_exceeded", "No time was left", { sent: false });
      try {
        const response = await calls.request({
          method: "POST",
          path: `${base}/operations/${operation.name}`,
          headers: {
            ...traceHeaders(),
            authorization,
            "content-type": "application/json",
            "request-timeout-ms": String(left),
            "idempotency-key": context.idempotencyKey,
          },
          body: JSON.stringify(input),
          signal: context.signal,
        });
        if (response.statusCode !== 200) throw await problemOfResponse(response, link.service.name);
        return (await response.body.json()) as Json;
      } catch (error) {
        throw problemOfError(error, context.signal, link.service.name);
      }
    },

    events({ after, signal }): AsyncIterable<ServiceEvent> {
      const { log, service } = link;
      const path = `${base}/events`;
      return follow({
        client: stream,
        path,
        authorization,
        after,
        signal,
        log,
        service: service.name,
      });
    },

    async health(signal: AbortSignal): Promise<void> {
      try {
        const response = await probes.request({ method: "GET", path: `${base}/readyz`, signal });
        if (response.statusCode !== 200) throw await problemOfResponse(response, link.service.name);
        await response.body.dump();
      } catch (error) {
        throw problemOfError(error, signal, link.service.name);
      }
    },

    async close(): Promise<void> {
      await Promise.all([calls.destroy(), stream.destroy(), probes.destroy()]);
    },
  };
};

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
