import type { EventSourceMessage } from "eventsource-parser";
import { Problem } from "../../calls/problem.ts";
import type { Json } from "../../contract.ts";
import type { ServiceEvent } from "../client.ts";
import { decode } from "./codec.ts";
import type { GraphqlContract } from "./contract.ts";

/** The type that stands for events which are no longer there. */
const GAP = "StreamGap";

/** An event as the document of the events selects it: what it carries is under the type's name. */
interface Reported {
  readonly __typename: string;
  readonly id: string;
  readonly time: string;
  readonly [type: string]: Json;
}

/**
 * Reads the results of a subscription, each the data of a server-sent event called `next`.
 *
 * What is no event of the contract is passed over: a newer service may report more. An event that is
 * deeper than its document is missed, and a gap says so.
 */
export function eventReader({ events, records }: GraphqlContract) {
  return ({ event, data }: EventSourceMessage): ServiceEvent | undefined => {
    const reported = event === "next" ? reportedIn(data) : undefined;
    if (!reported) return undefined;
    const { __typename: name, id, time } = reported;
    const gap = { id, name: "stream.gap", time, data: {} };
    if (name === GAP) return gap;
    const type = events.types[name];
    if (!type) return undefined;
    try {
      return { id, name: type.name, time, data: decode(records, type.data, reported[name] ?? {}) };
    } catch (error) {
      if (error instanceof Problem) return gap;
      throw error;
    }
  };
}

function reportedIn(text: string): Reported | undefined {
  try {
    const result = JSON.parse(text) as { data?: { events?: Reported } | null };
    const reported = result.data?.events;
    return typeof reported?.id === "string" && typeof reported.time === "string"
      ? reported
      : undefined;
  } catch {
    return undefined;
  }
}
