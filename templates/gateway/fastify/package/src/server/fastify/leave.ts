import type { FastifyReply } from "fastify";

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
