// A gateway as a process of its own, in front of the sample service: what `main.ts` is to the
// blueprint's services. It is started with the module that has the wiring.
import { run } from "../../src/server/run.ts";
import { sample } from "../sample.ts";

const { wiring } = await import(process.argv[2] ?? "");
await run({ ...wiring, observers: [sample.operations.record] });
