/** Answers in parts: each part is shown as it comes. */

import { createEventSource } from "eventsource-client";
import { CallError, type Problem, request } from "./client.ts";
import { button, element } from "./dom.ts";
import { isRecord } from "./form/model.ts";
import { openFeed } from "./live.ts";
import { type Json, type OpenApi, type Operation, resolve, type Schema } from "./openapi.ts";
import { pretty } from "./result.ts";

/** Parts that stay on the page, where they are not the pieces of one text. */
const KEPT = 50;

/** Stands for parts that the gateway does not keep any more. */
const MISSING = " […] ";

const BROKEN_OFF: Problem = {
  title: "Broken off",
  status: 0,
  code: "unreachable",
  detail: "The answer broke off before its end.",
};
const STOPPED: Problem = {
  title: "Stopped",
  status: 0,
  code: "cancelled",
  detail: "Nobody waits for the rest of this answer.",
};

/** What the document says of an answer in parts. */
export interface PartSchemas {
  readonly part: Schema;
  /** What is known at the end. */
  readonly output: Schema;
}

/** Undefined for an operation that answers once. */
export function partSchemas(document: OpenApi, operation: Operation): PartSchemas | undefined {
  if (!operation.inParts) return undefined;
  const { properties = {} } = resolve(document, operation.output);
  return { part: properties.parts?.items ?? {}, output: properties.output ?? {} };
}

/** Shows the parts of one answer after the other. */
export interface PartsView {
  /** Ends the answer that is coming. */
  readonly stop: HTMLElement;
  /** Where the parts of the last answer stand. */
  readonly shown: HTMLElement;
  /**
   * Calls the operation, and shows each part when it comes.
   *
   * @returns what is known at the end
   * @throws CallError, also when the answer was stopped
   */
  call(input: Json): Promise<Json>;
  /**
   * Shows each part of a job when it comes, until the job is over. A job that runs again begins anew.
   *
   * @param location `/api/jobs/<id>`
   * @param way how the gateway lets this page listen
   * @throws CallError when the gateway does not know it any more
   */
  follow(location: string, way: string, onStatus: (status: string) => void): Promise<void>;
}

export function createPartsView(
  document: OpenApi,
  operation: Operation,
  { part }: PartSchemas,
): PartsView {
  const stop = button("Stop");
  stop.disabled = true;
  const shown = element("div", { class: "answer" });
  /** Shows no part yet; gives what shows one, and that some are missing. */
  const begin = () => {
    const list = textOf(document, part) === undefined ? createList() : createText();
    shown.replaceChildren(list.element);
    return {
      show: (value: Json) => list.add(textOf(document, part, value) ?? pretty(value)),
      skip: () => list.add(MISSING),
    };
  };
  return {
    stop,
    shown,
    follow(location, way, onStatus) {
      let parts = begin();
      return followParts(location, way, (event, channel) => {
        if (channel === "stream.gap") return parts.skip();
        if (event.part !== undefined) return parts.show(event.part);
        if (event.status === "running") parts = begin();
        if (typeof event.status === "string") onStatus(event.status);
      });
    },
    async call(input) {
      const leaving = new AbortController();
      const leave = () => leaving.abort();
      stop.addEventListener("click", leave);
      stop.disabled = false;
      try {
        return await callInParts(operation, input, begin().show, leaving.signal);
      } finally {
        stop.disabled = true;
        stop.removeEventListener("click", leave);
      }
    },
  };
}

/**
 * Calls an operation that answers in parts.
 *
 * @param signal ends the answer
 * @returns what is known at the end
 * @throws CallError
 */
function callInParts(
  operation: Operation,
  input: Json,
  onPart: (value: Json) => void,
  signal: AbortSignal,
): Promise<Json> {
  const { promise, resolve: succeed, reject } = Promise.withResolvers<Json>();
  const source = createEventSource({
    url: new URL(operation.path, window.location.href),
    fetch: async (_url, init) => {
      try {
        return await request(operation.path, {
          method: "POST",
          headers: { accept: "text/event-stream", "content-type": "application/json" },
          body: JSON.stringify(input),
          signal: init?.signal ?? null,
        });
      } catch (error) {
        reject(error);
        throw error;
      }
    },
    onMessage: ({ event, data }) => {
      const value = JSON.parse(data);
      if (event === "part") onPart(value);
      else if (event === "end") succeed(value);
      else if (event === "problem") reject(new CallError(value));
    },
    // It is not asked for again: that might do the work a second time.
    onScheduleReconnect: () => reject(new CallError(BROKEN_OFF)),
  });
  signal.addEventListener("abort", () => reject(new CallError(STOPPED)), { once: true });
  return promise.finally(() => source.close());
}

/** Milliseconds between two questions what has become of a job. */
const LOOK_MS = 5000;

/**
 * Reports what happens to a job on its channel; resolves at its end.
 *
 * @throws CallError when the gateway says that there is no such job for this visitor
 */
export function followParts(
  location: string,
  way: string,
  onEvent: (event: { readonly [name: string]: Json }, channel: string) => void,
): Promise<void> {
  const { promise, resolve: succeed, reject } = Promise.withResolvers<void>();
  const feed = openFeed(way, {
    channels: [`jobs.${location.slice(location.lastIndexOf("/") + 1)}`],
    onEvent: ({ channel, data }) => {
      if (!isRecord(data)) return;
      onEvent(data, channel);
      if (data.finished !== undefined) succeed();
    },
    onState: () => {},
  });
  const look = async () => {
    try {
      const response = await request(location, { headers: { accept: "application/json" } });
      if ((await response.json()).finished !== undefined) succeed();
    } catch (error) {
      // A gateway that starts does not know yet.
      const { status } = error instanceof CallError ? error.problem : BROKEN_OFF;
      if (status >= 400 && status < 500 && status !== 429) reject(error);
    }
  };
  const timer = window.setInterval(look, LOOK_MS);
  return promise.finally(() => {
    window.clearInterval(timer);
    feed.close();
  });
}

/**
 * The text of a part that is a piece of one text: whose only field is a string.
 *
 * @param value a part; without one, whether parts are such pieces
 */
export function textOf(document: OpenApi, part: Schema, value: Json = {}): string | undefined {
  const [[name = "", schema] = [], ...others] = Object.entries(
    resolve(document, part).properties ?? {},
  );
  if (schema === undefined || others.length > 0) return undefined;
  const { type, format, contentEncoding } = resolve(document, schema);
  if (type !== "string" || format !== undefined || contentEncoding !== undefined) return undefined;
  const text = isRecord(value) ? value[name] : undefined;
  return typeof text === "string" ? text : "";
}

interface Parts {
  readonly element: HTMLElement;
  add(text: string): void;
}

/** Pieces of one text. Who cannot see it is told of the end alone, by the status. */
function createText(): Parts {
  const text = element("p", { class: "pieces" });
  return { element: text, add: (piece) => text.append(piece) };
}

function createList(): Parts {
  const list = element("ol", { class: "pieces" });
  return {
    element: list,
    add: (text) => {
      list.append(element("li", {}, element("code", {}, text)));
      if (list.childElementCount <= KEPT) return;
      list.firstElementChild?.remove();
      list.start += 1;
    },
  };
}
