import { suite } from "node:test";
import { skip } from "../../../testing/stand-ins/kafka.ts";
import { standIn, wiring } from "../../../testing/stand-ins/kafka-streams.ts";
import { testMessageStreams } from "../../../testing/transports/message-streams.ts";

suite("answers in parts", { skip }, () => testMessageStreams({ wiring, standIn }));
