import { standIn, wiring } from "../../../testing/stand-ins/rest.ts";
import { testCallers } from "../../../testing/transports/callers.ts";

testCallers({ wiring, standIn });
