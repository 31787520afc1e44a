import { once } from "node:events";
import { connect } from "node:net";
import type { Json } from "../../src/contract.ts";
import type { JobChange } from "../../src/jobs/durable.ts";

/** A call or a job as a stand-in received it. */
export interface ReceivedCall {
  readonly operation: string;
  readonly input: Json;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers an operation: JSON for the result, a problem, or nothing at all. */
export type Answer = (call: ReceivedCall) => Promise<Reply> | Reply;
type Reply = Json | Refusal | typeof SILENCE;

export const SILENCE = Symbol("no answer");

export class Refusal {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: object | string, headers: Record<string, string> = {}) {
    this.body = typeof problem === "string" ? problem : JSON.stringify(problem);
    this.headers = { "content-type": "application/problem+json", ...headers };
  }
}

/** A service behind a broker. */
export interface StandIn extends AsyncDisposable {
  /** Environment variables that lead a gateway here. */
  readonly variables: Readonly<Record<string, string>>;
  readonly calls: readonly ReceivedCall[];
  readonly orders: readonly ReceivedCall[];
  /** Reports an event, with `id` as its `ce-id`. */
  report(name: string, data: Json, id: string): Promise<void>;
  /** Reports what has become of a job. */
  step(change: JobChange): Promise<void>;
  /** Takes no calls any more. */
  leave(): Promise<void>;
  /** Deletes the events that were reported. */
  forget(): Promise<void>;
}

/** Opens a stand-in with `answers` by operation; `prefix` is what the variables of its link begin with. */
export type OpenStandIn = (
  prefix: string,
  answers: Readonly<Record<string, Answer>>,
) => Promise<StandIn>;

/** Why tests of a broker cannot run here, or false. In CI they fail instead of being left out. */
export async function missing(
  broker: { readonly host: string; readonly port: number },
  remedy: string,
): Promise<string | false> {
  if (process.env.CI === "true") return false;
  const socket = connect(broker);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(2000) });
    return false;
  } catch {
    return `no broker at ${broker.host}:${broker.port}: ${remedy}`;
  } finally {
    socket.destroy();
  }
}
