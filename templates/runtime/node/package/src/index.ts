/** What the gateway's own code needs; what options bring stands under paths of its own. */
export type { Caller } from "./auth/interface.ts";
export type { CallOptions, Calls, Dispatch } from "./calls/dispatch.ts";
export { type FieldError, Problem, type ProblemBody, type ProblemCode } from "./calls/problem.ts";
export type { Json, OperationContract, ServiceContract } from "./contract.ts";
export type { ChannelEvent, EventHub, Subscription } from "./events/hub.ts";
export type { Job } from "./jobs/board.ts";
export { createGateway, type Gateway, type Wiring } from "./server/gateway.ts";
export { run } from "./server/run.ts";
