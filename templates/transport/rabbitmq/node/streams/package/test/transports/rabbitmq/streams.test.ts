import { suite } from "node:test";
import { skip } from "../../../testing/stand-ins/rabbitmq.ts";
import { standIn, wiring } from "../../../testing/stand-ins/rabbitmq-streams.ts";
import { testStreams } from "../../../testing/transports/streams.ts";

suite("answers in parts", { skip }, () => testStreams({ wiring, standIn }));
