import type { Json, OperationContract } from "./ports.ts";

export interface CallOptions {
  /** Aborts the call when the client leaves. */
  readonly signal?: AbortSignal;
  /** Budget in milliseconds; never more than the configured one. */
  readonly timeoutMs?: number;
  /** The client's own; made up when absent. */
  readonly idempotencyKey?: string;
}

/** The one way in: HTTP routes, real-time calls, jobs and features all come through here. */
export interface Dispatch {
  /**
   * Calls an operation of the public API by name.
   *
   * @param input Anything that came from outside; it is validated here.
   * @throws Problem
   */
  call(service: string, operation: string, input: unknown, options?: CallOptions): Promise<Json>;
  /** Calls any operation, internal ones too: for the gateway's own code. @throws Problem */
  run(operation: OperationContract, input: unknown, options?: CallOptions): Promise<Json>;
}
