import type { ServiceEvent } from "../../../src/transports/client.ts";
import type { Method } from "../../../src/transports/grpc/codec.ts";

/** A contract as its service sees it: requests come in, answers and events go out. */
export interface StandInCodec {
  readonly operations: Readonly<Record<string, Method>>;
  readonly events: {
    readonly path: string;
    after(bytes: Uint8Array): string;
    encode(event: ServiceEvent): Buffer;
  };
}
