import type { Client, Metadata } from "@grpc/grpc-js";
import { Problem } from "../../calls/problem.ts";
import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "./stubs/grpc/health/v1/health.ts";
import { unary } from "./unary.ts";

const PATH = "/grpc.health.v1.Health/Check";
/** Trailer in which a service of ours says why it is not ready; the protocol has no field for it. */
const REASON = "not-ready-bin";

/**
 * Asks the whole server (https://grpc.io/docs/guides/health-checking/).
 *
 * @throws Problem `unavailable` when it is not ready; ServiceError when it does not answer
 */
export async function check(
  client: Client,
  metadata: Metadata,
  signal: AbortSignal,
  service: string,
): Promise<void> {
  let reason = `${service} is not ready`;
  const message = Buffer.from(HealthCheckRequest.encode({ service: "" }).finish());
  const bytes = await unary(client, {
    path: PATH,
    message,
    metadata,
    signal,
    begun: (call) =>
      call.once("status", (status) => {
        const [reported] = status.metadata.get(REASON);
        if (reported) reason = reported.toString();
      }),
  });
  if (HealthCheckResponse.decode(bytes).status !== ServingStatus.SERVING) {
    throw new Problem("unavailable", reason);
  }
}
