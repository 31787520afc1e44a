import { standIn, wiring } from "../../../testing/stand-ins/graphql.ts";
import { testCallers } from "../../../testing/transports/callers.ts";

testCallers({ wiring, standIn });
