/** Answers in parts: the operation `tell` of `bridge.yaml`, as its clients ask it. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { Bridge, type BridgeOptions } from "./bridge.ts";
import { type Json, post } from "./client.ts";
import type { Transport } from "./transports.ts";

/** Far below what the answers that are left would take. */
const ENDED_MS = 15_000;

/** What `tell` is asked. */
export interface Tell {
  readonly name: string;
  readonly words: number;
  readonly seconds?: number;
  readonly size?: number;
  readonly fails?: boolean;
}

/** An event of an answer. */
export interface AnswerEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data: { readonly [name: string]: Json };
}

/** Starts the system over a transport, with what asks it there. */
export async function startTelling(
  context: TestContext,
  transport: Transport,
  options: BridgeOptions = {},
) {
  const bridge = await Bridge.start(context, transport, options);
  /** How many parts had been made of an answer when it ended. */
  const ended = async (name: string) => {
    await bridge.says("ended", name, ENDED_MS);
    return Number(bridge.lines("ended", name)[0]?.split(" ").at(-1));
  };
  const ask = (what: Tell, init: RequestInit = {}) =>
    post(
      bridge.url("tell"),
      { ...what },
      { ...init, headers: { accept: "text/event-stream", ...init.headers } },
    );
  const tell = async (what: Tell, init: RequestInit = {}) => eventsOf(await ask(what, init));
  return { bridge, system: bridge.system, ask, tell, ended };
}

/** The events of an answer as they arrive. */
export async function* eventsOf(response: Response): AsyncGenerator<AnswerEvent, void, undefined> {
  assert.equal(response.status, 200, response.ok ? "" : await response.text());
  const body = response.body ?? assert.fail("no body");
  const decoded = body.pipeThrough(new TextDecoderStream());
  for await (const { id, event, data } of decoded.pipeThrough(new EventSourceParserStream())) {
    yield { ...(id && { id }), ...(event && { event }), data: JSON.parse(data) };
  }
}
