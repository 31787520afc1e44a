import { connectWith } from "../../../src/transports/graphql/connect.ts";
import { sampleWiring } from "../../../testing/sample.ts";
import contract from "../../../testing/stand-ins/graphql/sample.json" with { type: "json" };

/** A gateway in front of the sample service, which it asks in GraphQL. */
export const wiring = sampleWiring(connectWith([{ name: "sample", contract }]));
