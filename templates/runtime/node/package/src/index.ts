/** What the gateway's own code needs; anything else stands under its own path. */

export type { CallOptions, Dispatch } from "./calls/dispatch.ts";
export { type FieldError, Problem, type ProblemCode } from "./calls/problem.ts";
export type { Json, OperationContract, ServiceContract } from "./contract.ts";
export type { EventHub } from "./events/hub.ts";
export type { Caller } from "./realtime/interface.ts";
export type { Gateway, Wiring } from "./server/gateway.ts";
