import type { CallOptions, Client, ClientUnaryCall, Metadata } from "@grpc/grpc-js";

export interface UnaryRequest {
  readonly path: string;
  readonly message: Buffer;
  readonly metadata: Metadata;
  /** Aborts the call. */
  readonly signal: AbortSignal;
  readonly options?: CallOptions;
  /** Sees the call as soon as it is begun. */
  readonly begun?: (call: ClientUnaryCall) => void;
}

/** Asks once. Rejects with a `ServiceError`. */
export function unary(client: Client, request: UnaryRequest): Promise<Buffer> {
  const { path, message, metadata, signal, options = {}, begun } = request;
  return new Promise((resolve, reject) => {
    const call = withoutStack(() =>
      client.makeUnaryRequest(path, same, same, message, metadata, options, (error, answer) => {
        signal.removeEventListener("abort", cancel);
        // Without an error there is an answer.
        if (error) reject(error);
        else resolve(answer as Buffer);
      }),
    );
    const cancel = () => call.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    begun?.(call);
    if (signal.aborted) cancel();
  });
}

/** gRPC takes down the stack of each call for the error that it may become, which is a tenth of what the call takes here. */
function withoutStack<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Messages are made and read where problems can be reported. */
function same(bytes: Buffer): Buffer {
  return bytes;
}
