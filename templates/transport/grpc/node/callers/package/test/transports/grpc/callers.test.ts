import { standIn, wiring } from "../../../testing/stand-ins/grpc.ts";
import { testCallers } from "../../../testing/transports/callers.ts";

testCallers({ wiring, standIn });
