import { goldenPath } from "../support/golden.ts";

goldenPath("vision", { checks: ["lint"] });
