import { codeOfStatus, type FieldError, isProblemCode, Problem } from "../../core/problem.ts";
import type { CallContext, JobChange, JobOrder, Json, OperationContract } from "../../core/ports.ts";
import { traceHeaders } from "../../core/tracing.ts";

const JSON_TYPE = "application/json";
const PROBLEM_TYPE = "application/problem+json";

export function requestHeaders(operation: OperationContract, context: CallContext, authorization: string): Record<string, string> {
  return {
    ...traceHeaders(),
    "content-type": JSON_TYPE,
    operation: operation.name,
    "request-deadline": String(Math.floor(context.deadline)),
    "idempotency-key": context.idempotencyKey,
    authorization,
  };
}

export function orderMessage({ change, operation, input, timeoutMs }: JobOrder, authorization: string) {
  return {
    key: change.id,
    value: JSON.stringify(input),
    headers: {
      ...traceHeaders(),
      "content-type": JSON_TYPE,
      operation: operation.name,
      "request-timeout-ms": String(timeoutMs),
      "idempotency-key": change.id,
      "job-id": change.id,
      "job-created": change.created,
      authorization,
    },
  };
}

export function readAnswer(headers: ReadonlyMap<string, string>, body: Buffer | null, service: string): Json {
  const isProblem = headers.get("content-type")?.startsWith(PROBLEM_TYPE);
  let told: Json;
  try {
    told = JSON.parse(String(body)) as Json;
  } catch (cause) {
    throw new Problem("internal", `The answer of ${service} is not JSON`, { cause });
  }
  if (!isProblem) return told;
  const problem = record(told);
  const code = isProblemCode(problem.code) ? problem.code : codeOfStatus(500);
  if (code === "unauthenticated" || code === "permission_denied") {
    throw new Problem("internal", "The gateway is not allowed to ask", {
      cause: new Error(`${service} refused SERVICE_TOKEN: ${String(problem.detail)}`),
    });
  }
  const retryAfter = Number(headers.get("retry-after"));
  const errors = Array.isArray(problem.errors) ? (problem.errors as unknown as FieldError[]) : [];
  throw new Problem(code, String(problem.detail ?? problem.title), {
    ...(errors.length > 0 && { errors }),
    ...(retryAfter > 0 && { retryAfter }),
  });
}

export function readEvent(headers: ReadonlyMap<string, string>, body: Buffer | null) {
  try {
    return {
      id: headers.get("ce_id") ?? "",
      name: headers.get("ce_type") ?? "",
      time: headers.get("ce_time") ?? new Date().toISOString(),
      data: JSON.parse(String(body)) as Json,
    };
  } catch {
    return undefined;
  }
}

export function readChange(body: Buffer | null): JobChange | undefined {
  try {
    return JSON.parse(String(body)) as JobChange;
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
