import type { EventSourceMessage } from "eventsource-parser";
import { ParseError } from "eventsource-parser";
import { Problem } from "../../calls/problem.ts";
import type { StreamItem } from "../../calls/streams.ts";
import type { Json } from "../../contract.ts";
import type { CallContext } from "../client.ts";
import {
  type HttpLink,
  parse,
  problemOfDocument,
  problemOfError,
  problemOfResponse,
  record,
} from "./link.ts";

/**
 * An answer in parts as server-sent events: `part`, then `end` or `problem`. A body is read as far as
 * its items are asked for: what is not waits in the socket, and then at the service.
 *
 * @throws Problem
 */
export async function* streamOver(
  http: HttpLink,
  path: string,
  body: Json,
  context: CallContext,
  service: string,
): AsyncGenerator<StreamItem, void, undefined> {
  const response = await http.open({ path, accept: "text/event-stream", body }, context);
  if (response.statusCode !== 200) throw await problemOfResponse(response, service);
  try {
    for await (const item of parse(response.body, read)) {
      if (item instanceof Refusal) throw item.problem(service);
      yield item;
      if ("output" in item) return;
    }
  } catch (error) {
    throw problemOf(error, context, service);
  }
  throw broken(service);
}

function problemOf(error: unknown, { signal }: CallContext, service: string): Problem {
  if (signal.aborted || error instanceof Problem || error instanceof SyntaxError) {
    return problemOfError(error, signal, service);
  }
  if (error instanceof ParseError) {
    return new Problem("internal", `A part of ${service} is too large`, { cause: error });
  }
  return broken(service, error);
}

function broken(service: string, cause?: unknown): Problem {
  return new Problem("unavailable", `The answer of ${service} broke off`, { cause });
}

/** A problem in place of an item. */
class Refusal {
  readonly #document: Readonly<Record<string, unknown>>;

  constructor(document: unknown) {
    this.#document = record(document);
  }

  problem(service: string): Problem {
    const retryAfter = Number(this.#document.retry_after);
    return problemOfDocument(this.#document, "internal", retryAfter, service);
  }
}

/** What a newer service sends beside is passed over. @throws SyntaxError */
function read({ event, data }: EventSourceMessage): StreamItem | Refusal | undefined {
  switch (event) {
    case "part":
      return { part: JSON.parse(data) as Json };
    case "end":
      return { output: JSON.parse(data) as Json };
    case "problem":
      return new Refusal(JSON.parse(data));
    default:
      return undefined;
  }
}
