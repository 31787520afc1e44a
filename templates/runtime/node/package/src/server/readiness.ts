import type { Backplane } from "../backplane/interface.ts";
import type { TransportClient } from "../transports/client.ts";

/** What `/readyz` shows. */
export interface Readiness {
  /** `degraded`: some services answer, others do not; `unavailable`: none does. */
  readonly status: "ready" | "degraded" | "unavailable";
  /** By service, and of the backplane: `ok`, or why not. */
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
  readonly shutdown: AbortSignal;
}

/**
 * Asks every linked service whether it is ready: one question at a time, however many ask. A gateway
 * that reaches one of several has something to do: to send nobody there would take away the rest.
 *
 * The backplane is asked too, but decides nothing: calls and events go on without it, and all
 * gateways at once would leave for the loss of what only jobs need.
 */
export function createReadiness(options: ReadinessOptions): () => Promise<Readiness> {
  const { clients, backplane, shutdown } = options;
  let last: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;
  const ask = async (): Promise<Readiness> => {
    const [services, between] = await Promise.all([
      Promise.all(
        [...clients].map(async ([name, client]) => {
          return [name, await check((signal) => client.health(signal))] as const;
        }),
      ),
      backplane.health && check(backplane.health),
    ]);
    const away = services.filter(([, answer]) => answer !== "ok").length;
    const checks = { ...(between && { backplane: between }), ...Object.fromEntries(services) };
    if (away === 0) return { status: "ready", checks };
    return { status: away < services.length ? "degraded" : "unavailable", checks };
  };
  return async () => {
    if (shutdown.aborted) return { status: "unavailable", checks: { gateway: "stopping" } };
    if (!last || Date.now() - last.at > FRESH_MS) last = { at: Date.now(), answer: ask() };
    return last.answer;
  };
}

async function check(ask: (signal: AbortSignal) => Promise<void>): Promise<string> {
  try {
    await ask(AbortSignal.timeout(TIMEOUT_MS));
    return "ok";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
