import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { clientKey } from "../../calls/call.ts";
import type { Dispatch } from "../../calls/dispatch.ts";
import type { Gateway } from "../gateway.ts";
import { inTrace } from "./observe.ts";

/** Behind the rate limit and before the body is read, so that strangers cost little. */
export function authenticateRequests(app: FastifyInstance, gateway: Gateway): void {
  app.addHook("preParsing", async (request, reply) => {
    request.caller = await gateway.authenticate(request.raw);
    request.calls = callsOf(request, reply, gateway);
  });
}

/** The key under which a request may come again, where it has one. */
export function keyOf({ headers }: FastifyRequest, scope: string): string | undefined {
  const key = headers["idempotency-key"];
  return typeof key === "string" ? clientKey(scope, key) : undefined;
}

function callsOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { config, dispatch }: Gateway,
): Pick<Dispatch, "call"> {
  let signal: AbortSignal | undefined;
  let count = 0;
  return {
    call(operation, input, options) {
      signal ??= leaveSignal(reply);
      // A request that comes again makes the same calls in the same order.
      const { url, handlerTimeout } = request.routeOptions;
      const key = keyOf(request, `${request.caller.subject} ${request.method} ${url}`);
      const idempotencyKey = key && `${key}-${count}`;
      count += 1;
      const left = (handlerTimeout || config.callTimeoutMs) - reply.elapsedTime;
      const timeoutMs = Math.max(1, Math.floor(left));
      return inTrace(request, () =>
        dispatch.call(operation, input, { signal, timeoutMs, idempotencyKey, ...options }),
      );
    },
  };
}

/**
 * Aborts when the client leaves before it has its answer.
 *
 * Not Fastify's `request.signal`: that one listens for `close` on the request, which Node emits as
 * soon as a body has been read to its end (https://nodejs.org/api/http.html#event-close_3).
 */
export function leaveSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once("close", () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
