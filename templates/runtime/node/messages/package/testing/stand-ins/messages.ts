import { once } from "node:events";
import { connect } from "node:net";
import pino from "pino";
import type { Json } from "../../src/contract.ts";
import type { JobChange } from "../../src/jobs/durable.ts";
import { Environment } from "../../src/server/settings.ts";
import { Signatures } from "../../src/transports/messages/signatures.ts";

/** A call or a job as a stand-in received it. */
export interface ReceivedCall {
  readonly operation: string;
  readonly input: Json;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers an operation: JSON for the result, a problem, or nothing at all. */
export type Answer = (call: ReceivedCall) => Promise<Reply> | Reply;
type Reply = Json | Forgery | Refusal | typeof SILENCE;

export const SILENCE = Symbol("no answer");

export class Refusal {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: object | string, headers: Record<string, string> = {}) {
    this.body = typeof problem === "string" ? problem : JSON.stringify(problem);
    this.headers = { "content-type": "application/problem+json", ...headers };
  }
}

/** An answer of somebody who does not know the token. */
export class Forgery {
  readonly answer: Json;

  constructor(answer: Json) {
    this.answer = answer;
  }
}

/** The signatures of whoever has `token`. */
export function signaturesOf(token: string): Signatures {
  const environment = new Environment({ SERVICE_TOKEN: token });
  return new Signatures({ environment, log: pino({ level: "silent" }) });
}

/** Those of a service in development. */
export const signatures = signaturesOf("development-only");
/** Those of somebody who may write to the broker, and no more. */
export const forged = signaturesOf("a-guess");

/** What a stand-in sends for an answer. */
export function answered(answer: Exclude<Reply, typeof SILENCE> | undefined) {
  const headers = { "content-type": "application/json" };
  if (answer instanceof Refusal) return { ...answer, signatures };
  const isForged = answer instanceof Forgery;
  const body = JSON.stringify(isForged ? answer.answer : (answer ?? null));
  return { headers, body, signatures: isForged ? forged : signatures };
}

/** A service behind a broker. */
export interface StandIn extends AsyncDisposable {
  /** Environment variables that lead a gateway here. */
  readonly variables: Readonly<Record<string, string>>;
  readonly calls: readonly ReceivedCall[];
  readonly orders: readonly ReceivedCall[];
  /** Reports an event, with `id` as its `ce-id`. */
  report(name: string, data: Json, id: string, signer?: Signatures): Promise<void>;
  /** Reports what has become of a job. */
  step(change: JobChange, signer?: Signatures): Promise<void>;
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

/** Why tests of a broker cannot run here, or false. @throws Error with the reason in CI, where nothing is left out */
export async function missing(
  broker: { readonly host: string; readonly port: number },
  remedy: string,
): Promise<string | false> {
  const socket = connect(broker);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(2000) });
    return false;
  } catch {
    const reason = `no broker at ${broker.host}:${broker.port}: ${remedy}`;
    if (process.env.CI === "true") throw new Error(reason);
    return reason;
  } finally {
    socket.destroy();
  }
}
