import type { ServicePort } from "./ports.ts";

/** What `/readyz` shows. */
export interface Readiness {
  readonly status: "ready" | "unavailable";
  /** By service: `ok`, or why not. */
  readonly checks: Readonly<Record<string, string>>;
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
    const isReady = checks.every(([, answer]) => answer === "ok");
    return { status: isReady ? "ready" : "unavailable", checks: Object.fromEntries(checks) };
  };
  return async () => {
    if (shutdown.aborted) return { status: "unavailable", checks: { gateway: "stopping" } };
    if (!last || Date.now() - last.at > FRESH_MS) last = { at: Date.now(), answer: ask() };
    return last.answer;
  };
}

async function check(port: ServicePort): Promise<string> {
  try {
    await port.health(AbortSignal.timeout(TIMEOUT_MS));
    return "ok";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
