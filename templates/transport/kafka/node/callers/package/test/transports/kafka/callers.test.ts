import { suite } from "node:test";
import { skip, standIn, wiring } from "../../../testing/stand-ins/kafka.ts";
import { testCallers } from "../../../testing/transports/callers.ts";

suite("callers", { skip }, () => testCallers({ wiring, standIn }));
