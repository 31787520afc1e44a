import type { ServerResponse } from "node:http";
import { finished } from "node:stream/promises";
import { clientOf } from "../auth/caller.ts";
import { clientKey } from "../calls/dispatch.ts";
import { Problem } from "../calls/problem.ts";
import type { StreamItem } from "../calls/streams.ts";
import type { OperationContract } from "../contract.ts";
import { activeTraceId } from "../observability/tracing.ts";
import type { OpenRealtime, RawRoute, RealtimeContext } from "./interface.ts";
import { Places } from "./places.ts";

const RETRY_AFTER_S = 5;
/** Share of the time to stop behind which answers that are not at their end are given a problem. */
const ENDING = 0.5;
/** Share behind which what has not been read yet is cut off: the server closes after that. */
const CUTTING = 0.8;

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  // `no-transform`: a proxy that compresses holds back what is short.
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

/** An answer that is coming. */
interface Coming {
  readonly response: ServerResponse;
  readonly client: AbortController;
  /** Why it ends, where the gateway ends it. */
  why?: Problem;
}

/**
 * `POST /api/<service>/<operation>` of every operation that answers in parts.
 *
 * To who accepts `text/event-stream`: server-sent events (WHATWG HTML, 9.2), `part` with a part, then
 * `end` with the output, or `problem`. To anybody else all parts at once, as `{ parts, output }`. What
 * fails before the first part is a problem as everywhere.
 */
export const realtime: OpenRealtime = (context) => {
  const places = new Places(context.config.realtime);
  const coming = new Set<Coming>();
  const operations = context.services.flatMap((service) => Object.values(service.operations));
  const open = operations.filter((operation) => operation.stream && !operation.internal);
  return {
    routes: open.map((operation) => route(operation, context, places, coming)),
    async close() {
      const graceMs = context.config.shutdownGraceMs;
      const ending = setTimeout(() => coming.forEach(end), graceMs * ENDING);
      // Who reads nothing is not given the problem either.
      const cutting = setTimeout(() => coming.forEach(cut), graceMs * CUTTING);
      await Promise.all([...coming].map(({ response }) => closed(response)));
      clearTimeout(ending);
      clearTimeout(cutting);
    },
  };
};

function route(
  { service, name }: OperationContract,
  context: RealtimeContext,
  places: Places,
  coming: Set<Coming>,
): RawRoute {
  const { dispatch, config, shutdown } = context;
  return {
    method: "POST",
    path: `/api/${service}/${name}`,
    async handle(request, response, address, body) {
      const caller = await context.authenticate(request);
      const { accept = "", prefer = "", "idempotency-key": key } = request.headers;
      const asked = {
        caller,
        ...(typeof key === "string" && { idempotencyKey: clientKey(caller?.subject ?? "", key) }),
      };
      if (/(?:^|,)\s*respond-async\s*(?:[,;]|$)/i.test(String(prefer))) {
        const { subject: _, ...job } = await context.jobs.start(service, name, body, asked);
        const applied = { location: `/api/jobs/${job.id}`, "preference-applied": "respond-async" };
        send(response, 202, job, applied);
        return;
      }
      const client = new AbortController();
      const options = { ...asked, signal: client.signal };
      if (shutdown.aborted) throw stopping();
      const leave = places.take(clientOf(caller, address));
      const answer: Coming = { response, client };
      coming.add(answer);
      response.once("close", () => client.abort());
      try {
        if (!accept.includes("text/event-stream")) {
          const output = await dispatch.callPublic(service, name, body, options);
          send(response, 200, output);
          return;
        }
        const items = dispatch.streamPublic?.(service, name, body, options);
        if (!items) throw new Error("the wiring has no `dispatch` for answers in parts");
        await run(answer, items, config.realtime.heartbeatMs, context);
      } catch (error) {
        if (!response.destroyed) throw answer.why ?? error;
      } finally {
        client.abort();
        coming.delete(answer);
        leave();
      }
    },
  };
}

function stopping(): Problem {
  const detail = "The gateway is stopping: ask again";
  return new Problem("unavailable", detail, { retryAfter: RETRY_AFTER_S });
}

function end(answer: Coming): void {
  answer.why = stopping();
  answer.client.abort();
}

function cut({ response }: Coming): void {
  response.destroy();
}

function closed(response: ServerResponse): Promise<unknown> {
  if (response.closed) return Promise.resolve();
  return new Promise((resolve) => response.once("close", resolve));
}

function send(
  response: ServerResponse,
  status: number,
  output: unknown,
  more: Readonly<Record<string, string>> = {},
): void {
  const headers = { "content-type": "application/json", "cache-control": "no-store", ...more };
  response.writeHead(status, headers).end(JSON.stringify(output));
}

/** Sends items until the last, or until the client leaves or reads no more. */
async function run(
  answer: Coming,
  items: AsyncIterable<StreamItem>,
  heartbeatMs: number,
  context: RealtimeContext,
): Promise<void> {
  const { response } = answer;
  const iterator = items[Symbol.asyncIterator]();
  const first = iterator.next();
  // The socket that takes items later knows no trace.
  const traceId = activeTraceId();
  // An answer has its status from its first item; a proxy wants to see something before.
  await settled(first, heartbeatMs);
  if (response.destroyed) return;
  const { socket } = response;
  // The server's time limits are for requests; this one stays open on purpose.
  socket?.setTimeout(0);
  response.writeHead(200, HEADERS).flushHeaders();
  let sent = -1;
  const heartbeat = setInterval(() => {
    // Behind the end nothing may be written; what was may still wait for the socket.
    if (!response.writableEnded && !response.writableNeedDrain) {
      sent = -1;
      response.write(":\n\n");
      return;
    }
    // A client that has taken nothing since the last time reads no more.
    if (socket?.bytesWritten === sent) response.destroy();
    sent = socket?.bytesWritten ?? -1;
  }, heartbeatMs);
  // Also when the client leaves.
  const over = finished(response).catch(() => undefined);
  try {
    await write(answer, first, iterator, context, traceId);
    await over;
  } finally {
    clearInterval(heartbeat);
  }
  // It was promised to be kept, and would hold up the end.
  if (context.shutdown.aborted) socket?.destroySoon();
}

/** Resolves when it is, or when it takes longer. @throws what it was rejected with */
async function settled(item: Promise<unknown>, milliseconds: number): Promise<void> {
  const later = Promise.withResolvers<void>();
  const timer = setTimeout(later.resolve, milliseconds);
  try {
    await Promise.race([item, later.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Writes items up to the last. Takes the next one when the socket has room: until then it is not made. */
async function write(
  answer: Coming,
  first: Promise<IteratorResult<StreamItem>>,
  iterator: AsyncIterator<StreamItem>,
  { log }: RealtimeContext,
  traceId: string | undefined,
): Promise<void> {
  const { response } = answer;
  let id = 0;
  const frame = (event: string, data: unknown) => {
    if (response.destroyed) return;
    id += 1;
    response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  try {
    for (let next = await first; !next.done; next = await iterator.next()) {
      const { value: item } = next;
      if ("part" in item) frame("part", item.part);
      else frame("end", item.output);
      if (response.writableNeedDrain) await room(response);
      if (response.destroyed) return;
    }
  } catch (error) {
    const problem = answer.why ?? Problem.from(error);
    if (problem.code === "internal") log.error({ err: problem }, "answer in parts failed");
    frame("problem", problem.bodyWithRetry(traceId));
  } finally {
    response.end();
    await iterator.return?.();
  }
}

/** Resolves when the socket has room, or is closed. */
function room(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off("drain", go).off("close", go);
      resolve();
    };
    response.on("drain", go).on("close", go);
  });
}
