import { goldenPath } from "../support/golden.ts";

// Written out, it is the system of `minimal`, whose checks are run; locks.test.ts runs them over another transport.
goldenPath("vision", { checks: [] });
