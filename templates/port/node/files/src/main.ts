import { run } from "./run.ts";
import { wiring } from "./wiring.ts";

await run(wiring);
