import { createHash, randomUUID } from "node:crypto";
import type { Authorize } from "../auth/caller.ts";
import type { Caller } from "../auth/interface.ts";
import type { Json, OperationContract, ServiceContract } from "../contract.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { Reporter } from "../observability/reporting.ts";
import { traceCall } from "../observability/tracing.ts";
import type { Environment } from "../server/settings.ts";
import type { CallContext, TransportClient } from "../transports/client.ts";
import { Problem } from "./problem.ts";
import type { Resilience } from "./resilience.ts";
import type { OpenApiDocument, Validation } from "./validation.ts";

export interface CallOptions {
  /** Aborts the call when the client leaves. */
  readonly signal?: AbortSignal | undefined;
  /** One that is there for this call alone, which then needs none of its own: who aborts it says why, and it is aborted
   * when the deadline passes. */
  readonly controller?: AbortController | undefined;
  /** Milliseconds for the whole call, in place of the configured ones. */
  readonly timeoutMs?: number;
  /** Makes repeating the call harmless; made up when absent. */
  readonly idempotencyKey?: string | undefined;
  /** On whose behalf, as the service learns it; of nobody in particular when absent. */
  readonly caller?: Caller | undefined;
}

/** What the gateway's own code asks services by. */
export interface Calls {
  /** Calls any operation, internal ones too: for the gateway's own code. @throws Problem */
  call(operation: OperationContract, input: unknown, options?: CallOptions): Promise<Json>;
}

/** The one way in: HTTP routes, real-time calls, jobs and own routes all come through here. */
export interface Dispatch extends Calls {
  /**
   * Calls an operation of the public API by name, and reports it to observers.
   *
   * @param input Anything that came from outside; it is validated here.
   * @throws Problem
   */
  callPublic(
    service: string,
    operation: string,
    input: unknown,
    options?: CallOptions,
  ): Promise<Json>;
  /** @throws Problem `permission_denied` to who may not ask for the operation */
  authorize(operation: OperationContract, caller: Caller | undefined): void;
  /** An operation of the public API by name. @throws Problem `not_found` */
  publicOperation(service: string, operation: string): OperationContract;
  /** Validates an input without a call; gives it as it would be sent.
   * @throws Problem `invalid_argument` */
  validateInput(operation: OperationContract, input: unknown): Json;
  /** Submits a job to a transport that keeps jobs, under the rules of a call; it may be submitted
   * again. @throws Problem */
  submitJob(
    operation: OperationContract,
    attempt: (context: CallContext) => Promise<void>,
  ): Promise<void>;
  /**
   * Validates the answer of a job, and gives it as clients see it.
   *
   * @param milliseconds What it took, when it is to be reported from here.
   * @throws Problem `internal` when it is not what the contract says
   */
  completeJob(operation: OperationContract, answer: Json, milliseconds: number | undefined): Json;
  /** Reports to observers how a call of the public API ended: `ok` or the code of a problem. */
  reportCall(operation: OperationContract, code: string, milliseconds: number): void;
}

/** A service as dispatch reaches it. */
export interface Target {
  readonly contract: ServiceContract;
  readonly client: TransportClient;
  readonly resilience: Resilience;
}

export interface DispatchOptions {
  readonly targets: ReadonlyMap<string, Target>;
  readonly validation: Validation;
  /** What `validation` was made of, and where settings of further ways to call come from. */
  readonly openapi: OpenApiDocument;
  readonly environment: Environment;
  readonly metrics: Metrics;
  readonly authorize: Authorize;
  /** Asked for late, because reports are themselves calls. None where nobody observes. */
  readonly reporter: () => Pick<Reporter, "record"> | undefined;
  readonly callTimeoutMs: number;
}

export function createDispatch(options: DispatchOptions): Dispatch {
  const { targets, validation, metrics } = options;

  const publicOperation = (service: string, name: string): OperationContract => {
    const operations = targets.get(service)?.contract.operations;
    const operation = operations && Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!operation || operation.internal) {
      throw new Problem("not_found", `There is no operation ${service}.${name}`);
    }
    return operation;
  };

  const call = async (
    operation: OperationContract,
    input: unknown,
    asked?: CallOptions,
  ): Promise<Json> => {
    const target = targets.get(operation.service);
    if (!target) throw new Problem("not_found", `There is no service ${operation.service}`);
    const valid = validation.input(operation, input);
    const context = openCall({ timeoutMs: options.callTimeoutMs, ...asked });
    const started = performance.now();
    let code = "ok";
    try {
      const answer = await target.resilience.run(
        () => traceCall(operation, () => target.client.call(operation, valid, context)),
        { safe: operation.safe, context },
      );
      const output = validation.output(operation, answer);
      observe(operation, output, performance.now() - started);
      return output;
    } catch (error) {
      const problem = Problem.from(error);
      code = outcomeOf(problem);
      throw problem;
    } finally {
      context.close();
      const seconds = (performance.now() - started) / 1000;
      metrics.call(operation.service, operation.name, code, seconds);
    }
  };

  /** Reports the answer of an operation whose contract says so. */
  const observe = (operation: OperationContract, output: Json, milliseconds: number) => {
    if (!operation.observe) return;
    const attributes: Record<string, string> = { service: operation.service };
    if (typeof output === "object" && output !== null && !Array.isArray(output)) {
      for (const name of operation.observe.attributes) {
        const value = output[name];
        if (value !== undefined) {
          attributes[name] = typeof value === "string" ? value : JSON.stringify(value);
        }
      }
    }
    report(operation.observe.name, milliseconds, attributes);
  };

  const report = (name: string, value: number, attributes: Record<string, string>) => {
    options.reporter()?.record({ name, time: new Date().toISOString(), value, attributes });
  };

  const authorize = ({ scopes }: OperationContract, caller: Caller | undefined) =>
    options.authorize(caller, scopes);

  const reportCall = ({ service, name }: OperationContract, code: string, milliseconds: number) =>
    report("request", milliseconds, { service, operation: name, code });

  return {
    call,
    publicOperation,
    authorize,
    reportCall,
    validateInput: (operation, input) => validation.input(operation, input),
    async submitJob(operation, attempt) {
      const target = targets.get(operation.service);
      if (!target) throw new Problem("not_found", `There is no service ${operation.service}`);
      const context = openCall({ timeoutMs: options.callTimeoutMs });
      try {
        await target.resilience.run(() => traceCall(operation, () => attempt(context)), {
          safe: true,
          context,
        });
      } finally {
        context.close();
      }
    },
    completeJob(operation, answer, milliseconds) {
      let code = "ok";
      try {
        const output = validation.output(operation, answer);
        if (milliseconds !== undefined) observe(operation, output, milliseconds);
        return output;
      } catch (error) {
        code = Problem.from(error).code;
        throw error;
      } finally {
        if (milliseconds !== undefined) reportCall(operation, code, milliseconds);
      }
    },
    async callPublic(service, name, input, callOptions) {
      const operation = publicOperation(service, name);
      const started = performance.now();
      let code = "ok";
      try {
        authorize(operation, callOptions?.caller);
        return await call(operation, input, callOptions);
      } catch (error) {
        code = outcomeOf(Problem.from(error));
        throw error;
      } finally {
        reportCall(operation, code, performance.now() - started);
      }
    },
  };
}

/** The context of one call. `close` it when the call is over, or its timer keeps running. */
export interface OpenCall extends CallContext {
  /** Ends it from here; by default as if its client had left. */
  abort(why?: Problem): void;
  close(): void;
}

export interface OpenCallOptions extends CallOptions {
  readonly timeoutMs: number;
}

/**
 * Starts the clock of a call: its signal aborts with a `Problem` when the deadline passes or the
 * client leaves. One controller with one timer: `AbortSignal.any` and `AbortSignal.timeout` cost
 * several times as much per request.
 */
export function openCall(options: OpenCallOptions): OpenCall {
  const { timeoutMs, signal, idempotencyKey, caller } = options;
  const { controller = new AbortController() } = options;
  const timer = setTimeout(
    () => controller.abort(new Problem("deadline_exceeded", `No answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const leave = () => controller.abort(clientLeft());
  if (signal?.aborted) leave();
  signal?.addEventListener("abort", leave, { once: true });
  return {
    deadline: Date.now() + timeoutMs,
    signal: controller.signal,
    idempotencyKey: idempotencyKey ?? randomUUID(),
    caller,
    abort: (why = clientLeft()) => controller.abort(why),
    close() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    },
  };
}

/** Nobody sees it: 499 is what access logs call it (nginx). */
export const CLIENT_LEFT = 499;

/** How a call that failed is counted: by its code, except that a client's leaving is no failure. */
export function outcomeOf({ code, status }: Problem): string {
  return status === CLIENT_LEFT ? "client_left" : code;
}

/** Why a call ends whose client left. */
export function clientLeft(): Problem {
  return new Problem("unavailable", "The client left", { status: CLIENT_LEFT });
}

/**
 * A client's own idempotency key, made one with who sent it: two clients that happen to choose the
 * same key do not meet.
 *
 * @throws Problem `invalid_argument` for a key that is not 1 to 200 visible ASCII characters
 */
export function clientKey(subject: string, key: string): string {
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new Problem("invalid_argument", "Idempotency-Key is 1 to 200 visible ASCII characters");
  }
  return createHash("sha256").update(`${subject}\n${key}`).digest("base64url");
}
