// A gateway as a process of its own, in front of the sample service: what `main.ts` is to the
// blueprint's services.
import { run } from "../../../src/server/run.ts";
import { connect } from "../../../src/transports/rest.ts";
import { sample, sampleWiring } from "../../../testing/sample.ts";

await run(sampleWiring(connect, { observers: [sample.operations.record] }));
