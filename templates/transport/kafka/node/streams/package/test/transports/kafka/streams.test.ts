import { suite } from "node:test";
import { skip } from "../../../testing/stand-ins/kafka.ts";
import { standIn, wiring } from "../../../testing/stand-ins/kafka-streams.ts";
import { testStreams } from "../../../testing/transports/streams.ts";

suite("answers in parts", { skip }, () => testStreams({ wiring, standIn }));
