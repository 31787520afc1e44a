import { bareMachine } from "../support/bare-machine.ts";
import { goldenPath } from "../support/golden.ts";

goldenPath("minimal", { checks: ["check"], env: bareMachine(), ports: "usual" });
