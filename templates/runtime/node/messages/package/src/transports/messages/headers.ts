import { callerHeader } from "../../auth/caller.ts";
import type { Caller } from "../../auth/interface.ts";
import type { OperationContract } from "../../contract.ts";
import type { JobOrder } from "../../jobs/durable.ts";
import { traceHeaders } from "../../observability/tracing.ts";
import type { CallContext } from "../client.ts";

/** Headers of a message: lower-case names, texts. Brokers carry them as bytes or as texts. */
export type Headers = Readonly<Record<string, string>>;

/** Media type of every body that is no problem. */
export const JSON_TYPE = "application/json";
/** Media type of a problem (RFC 9457, 3). */
export const PROBLEM_TYPE = "application/problem+json";
/** Leads an answer to its call; a property of its own in AMQP. */
export const CORRELATION_ID = "correlation-id";

/** What goes along with a call. Its deadline is absolute, for nobody knows how long a message waits
 * on its way; both clocks must agree to within a second. */
export function callHeaders(
  operation: OperationContract,
  context: CallContext,
  correlationId: string,
): Headers {
  return {
    ...requestHeaders(operation, context.idempotencyKey, context.caller),
    [CORRELATION_ID]: correlationId,
    "request-deadline": String(context.deadline),
  };
}

/** What goes along with a job: its time begins when it runs. Its id is its idempotency key. */
export function orderHeaders({ change, operation, timeoutMs, caller }: JobOrder): Headers {
  return {
    ...requestHeaders(operation, change.id, caller),
    "request-timeout-ms": String(timeoutMs),
    "job-id": change.id,
    "job-created": change.created,
  };
}

function requestHeaders(
  operation: OperationContract,
  key: string,
  caller: Caller | undefined,
): Headers {
  return {
    ...traceHeaders(),
    ...callerHeader(caller),
    "content-type": JSON_TYPE,
    operation: operation.name,
    "idempotency-key": key,
  };
}
