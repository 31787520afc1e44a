import type { EventSourceMessage } from "eventsource-parser";
import type { StreamItem } from "../../calls/streams.ts";
import type { Json } from "../../contract.ts";
import { problemIn } from "../http/streams.ts";
import { decode } from "./codec.ts";
import type { AskedOperation, GraphqlContract } from "./contract.ts";

/** Of an answer: one of the two is null. */
interface Item {
  readonly part?: Json;
  readonly output?: Json;
}

interface Result {
  readonly data?: Readonly<Record<string, Item>> | null;
  readonly errors?: readonly { readonly extensions?: unknown }[];
}

/**
 * Reads an answer in parts from the results of its subscription, each the data of a server-sent event
 * called `next`. An error is the problem with which the answer ends. What a newer service sends beside is
 * passed over.
 *
 * @throws Problem, SyntaxError
 */
export function itemReader({ records }: GraphqlContract, name: string, asked: AskedOperation) {
  const { part, output } = asked;
  if (part === undefined) throw new Error(`the document of ${name} selects no parts`);
  return ({ event, data: text }: EventSourceMessage, service: string): StreamItem | undefined => {
    if (event !== "next") return undefined;
    const { data, errors } = JSON.parse(text) as Result;
    if (errors?.[0]) throw problemIn(errors[0].extensions, service);
    const item = data?.[name];
    if (item?.part) return { part: decode(records, part, item.part) };
    if (item?.output) return { output: decode(records, output, item.output) };
    return undefined;
  };
}
