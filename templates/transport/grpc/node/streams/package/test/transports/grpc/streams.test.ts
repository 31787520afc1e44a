import { standIn, wiring } from "../../../testing/stand-ins/grpc-streams.ts";
import { testStreams } from "../../../testing/transports/streams.ts";

testStreams({ wiring, standIn });
