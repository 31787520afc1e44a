import type { EventSourceMessage } from "eventsource-parser";
import type { Dispatcher } from "undici";
import type { Json, OperationContract } from "../contract.ts";
import type { CallContext, Connect, ServiceEvent } from "./client.ts";
import { openHttp, problemOfResponse } from "./http/link.ts";

/** Calls a service over HTTP. */
export const connect: Connect = (link) => {
  const http = openHttp(link);
  return {
    call(operation: OperationContract, input: Json, context: CallContext): Promise<Json> {
      const question = {
        path: `/operations/${operation.name}`,
        accept: "application/json",
        body: input,
        async read(response: Dispatcher.ResponseData): Promise<Json> {
          if (response.statusCode === 200) return (await response.body.json()) as Json;
          throw await problemOfResponse(response, link.service.name);
        },
      };
      return http.ask(question, context);
    },

    events(options): AsyncIterable<ServiceEvent> {
      const request = {
        open: (after: string) => ({
          method: "GET" as const,
          path: "/events",
          headers: { "last-event-id": after },
        }),
        read: readEvent,
      };
      return http.follow(request, options);
    },

    health: http.health,
    close: http.close,
  };
};

/** What does not look like an event of ours is passed over: a newer service may send more. */
function readEvent({ id, event, data }: EventSourceMessage): ServiceEvent | undefined {
  if (!id || !event) return undefined;
  let reported: { time?: unknown; data?: Json };
  try {
    reported = JSON.parse(data);
  } catch {
    return undefined;
  }
  const time = typeof reported.time === "string" ? reported.time : new Date().toISOString();
  return { id, name: event, time, data: reported.data ?? null };
}
