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

/** How an answer in parts is asked for, and what its server-sent events say. */
export interface StreamQuestion {
  /** Below the service's address. */
  readonly path: string;
  readonly body: Json;
  /** The item in a message, or nothing where it holds none of ours. @throws Problem, SyntaxError */
  readonly read: (message: EventSourceMessage, service: string) => StreamItem | undefined;
}

/**
 * An answer in parts as server-sent events. A body is read as far as its items are asked for: what is
 * not waits in the socket, and then at the service.
 *
 * @throws Problem
 */
export async function* streamOver(
  http: HttpLink,
  { path, body, read }: StreamQuestion,
  context: CallContext,
  service: string,
): AsyncGenerator<StreamItem, void, undefined> {
  const response = await http.open({ path, accept: "text/event-stream", body }, context);
  if (response.statusCode !== 200) throw await problemOfResponse(response, service);
  const reading = (message: EventSourceMessage) => {
    try {
      return read(message, service);
    } catch (error) {
      return new Failure(error);
    }
  };
  try {
    for await (const item of parse(response.body, reading)) {
      if (item instanceof Failure) throw item.cause;
      yield item;
      if ("output" in item) return;
    }
  } catch (error) {
    throw problemOf(error, context, service);
  }
  throw broken(service);
}

/** In place of an item: those before it, which came with it, are given first. */
class Failure {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
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

/** A problem document that says itself when to come back. */
export function problemIn(document: unknown, service: string): Problem {
  const reported = record(document);
  return problemOfDocument(reported, "internal", Number(reported.retry_after), service);
}

/** Items as events of their own: `part`, then `end` or `problem`. What a newer service sends beside is
 * passed over. @throws Problem, SyntaxError */
export function readItem(
  { event, data }: EventSourceMessage,
  service: string,
): StreamItem | undefined {
  switch (event) {
    case "part":
      return { part: JSON.parse(data) as Json };
    case "end":
      return { output: JSON.parse(data) as Json };
    case "problem":
      throw problemIn(JSON.parse(data), service);
    default:
      return undefined;
  }
}
