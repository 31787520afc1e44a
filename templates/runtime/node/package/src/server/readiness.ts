import type { Authentication } from "../auth/interface.ts";
import type { Backplane } from "../backplane/interface.ts";
import type { TransportClient } from "../transports/client.ts";

/** What `/readyz` shows. */
export interface Readiness {
  /** `degraded`: some services answer, others do not; `unavailable`: none does. */
  readonly status: "ready" | "degraded" | "unavailable";
  /** By service, of the backplane and of the authentication: `ok`, or why not. */
  readonly checks: Readonly<Record<string, string>>;
}

/** Milliseconds that a service has to answer. */
const TIMEOUT_MS = 2000;
/** Milliseconds for which an answer is given again, so that probes do not add up to load. */
const FRESH_MS = 500;

export interface ReadinessOptions {
  /** By service. */
  readonly clients: ReadonlyMap<string, Pick<TransportClient, "health">>;
  readonly backplane: Pick<Backplane, "health">;
  readonly authentication: Pick<Authentication, "health">;
  readonly shutdown: AbortSignal;
}

/**
 * Asks every linked service whether it is ready: one question at a time, however many ask. A gateway
 * that reaches one of several has something to do: to send nobody there would take away the rest.
 *
 * The backplane and the authentication are asked too, but decide nothing: without the first calls and
 * events go on, and for the loss of either all gateways would leave at once.
 */
export function createReadiness(options: ReadinessOptions): () => Promise<Readiness> {
  const { clients, backplane, authentication, shutdown } = options;
  let last: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;
  const ask = async (): Promise<Readiness> => {
    const [beside, services] = await Promise.all([
      checkAll(Object.entries({ authentication, backplane })),
      checkAll(clients),
    ]);
    const away = services.filter(([, answer]) => answer !== "ok").length;
    const checks = Object.fromEntries([...beside, ...services]);
    if (away === 0) return { status: "ready", checks };
    return { status: away < services.length ? "degraded" : "unavailable", checks };
  };
  return async () => {
    if (shutdown.aborted) return { status: "unavailable", checks: { gateway: "stopping" } };
    if (!last || Date.now() - last.at > FRESH_MS) last = { at: Date.now(), answer: ask() };
    return last.answer;
  };
}

/** What can be asked how it is. */
type Asked = Pick<Backplane, "health">;

/** The answer of each that can be asked, by its name. */
async function checkAll(all: Iterable<readonly [string, Asked]>) {
  const asked = [...all].filter(([, { health }]) => health !== undefined);
  return Promise.all(asked.map(async ([name, one]) => [name, await check(one)] as const));
}

async function check(asked: Asked): Promise<string> {
  try {
    await asked.health?.(AbortSignal.timeout(TIMEOUT_MS));
    return "ok";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
