import type { ServicePort } from "./ports.ts";

/** What `/readyz` shows. */
export interface Readiness {
  readonly status: "ready" | "not ready";
  readonly checks: Readonly<Record<string, Check>>;
}

export interface Check {
  readonly status: "ok" | "failed";
  readonly detail?: string;
}

/** Milliseconds that a service has to answer. */
const TIMEOUT_MS = 2000;
/** Milliseconds for which an answer is given again, so that probes do not add up to load. */
const FRESH_MS = 500;

/** Asks every linked service whether it is ready: one question at a time, however many ask. */
export function createReadiness(
  ports: ReadonlyMap<string, ServicePort>,
  shutdown: AbortSignal,
): () => Promise<Readiness> {
  let last: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;
  const ask = async (): Promise<Readiness> => {
    const checks = await Promise.all(
      [...ports].map(async ([name, port]) => [name, await check(port)] as const),
    );
    const isReady = checks.every(([, { status }]) => status === "ok");
    return { status: isReady ? "ready" : "not ready", checks: Object.fromEntries(checks) };
  };
  return async () => {
    if (shutdown.aborted) {
      return { status: "not ready", checks: { gateway: { status: "failed", detail: "stopping" } } };
    }
    if (!last || Date.now() - last.at > FRESH_MS) last = { at: Date.now(), answer: ask() };
    return last.answer;
  };
}

async function check(port: ServicePort): Promise<Check> {
  try {
    await port.health(AbortSignal.timeout(TIMEOUT_MS));
    return { status: "ok" };
  } catch (error) {
    return { status: "failed", detail: error instanceof Error ? error.message : String(error) };
  }
}
