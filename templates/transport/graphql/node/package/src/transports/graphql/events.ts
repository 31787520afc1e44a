import type { EventSourceMessage } from "eventsource-parser";
import { Problem } from "../../calls/problem.ts";
import type { Json } from "../../contract.ts";
import type { ServiceEvent } from "../client.ts";
import { decode } from "./codec.ts";
import type { GraphqlContract } from "./contract.ts";

/** The type that stands for events which are no longer there. */
const GAP = "StreamGap";

/** An event as the document of the events selects it: what it carries is under the type's name. */
interface Told {
  readonly __typename: string;
  readonly id: string;
  readonly time: string;
  readonly [type: string]: Json;
}

/**
 * Reads the results of a subscription, each the data of a server-sent event called `next`.
 *
 * What is no event of the contract is passed over: a newer service may tell more. An event that is
 * deeper than its document is missed, and a gap says so.
 */
export function eventReader({ events, records }: GraphqlContract) {
  return ({ event, data }: EventSourceMessage): ServiceEvent | undefined => {
    const told = event === "next" ? toldIn(data) : undefined;
    if (!told) return undefined;
    const { __typename: name, id, time } = told;
    const gap = { id, name: "stream.gap", time, data: {} };
    if (name === GAP) return gap;
    const type = events.types[name];
    if (!type) return undefined;
    try {
      return { id, name: type.name, time, data: decode(records, type.data, told[name] ?? {}) };
    } catch (error) {
      if (error instanceof Problem) return gap;
      throw error;
    }
  };
}

function toldIn(text: string): Told | undefined {
  try {
    const result = JSON.parse(text) as { data?: { events?: Told } | null };
    const told = result.data?.events;
    return typeof told?.id === "string" && typeof told.time === "string" ? told : undefined;
  } catch {
    return undefined;
  }
}
