import { trace } from "@opentelemetry/api";
import type { Json, OperationContract } from "../contract.ts";
import { traceCall } from "../observability/tracing.ts";
import { type Environment, whole } from "../server/settings.ts";
import {
  type CallOptions,
  type Calls,
  createDispatch as createOnce,
  type Dispatch,
  type DispatchOptions,
  type OpenCall,
  openCall,
  outcomeOf,
  type Target,
} from "./dispatch.ts";
import { Problem } from "./problem.ts";
import { createValidation } from "./validation.ts";

/** Of an answer in parts: any number of parts, then one output. */
export type StreamItem<Part = Json, Output = Json> =
  | { readonly part: Part }
  | { readonly output: Output };

/** Asks for an answer in parts. Nothing is asked before the first item is, and none is made before it is
 * asked for; who takes no more ends it. Throws a `Problem` behind the parts that came before. */
export type OpenStream = (
  operation: OperationContract,
  input: unknown,
  options?: CallOptions,
) => AsyncIterable<StreamItem>;

declare module "./dispatch.ts" {
  interface Calls {
    /** Asks any operation that answers in parts. */
    readonly stream?: OpenStream;
  }
  interface Dispatch {
    /** Asks one of the public API, as `callPublic` does. @throws Problem */
    readonly streamPublic?: (
      service: string,
      operation: string,
      input: unknown,
      options?: CallOptions,
    ) => AsyncIterable<StreamItem>;
    /** A part as clients see it. @throws Problem `internal` when it is not what the contract says */
    readonly part?: (operation: OperationContract, part: Json) => Json;
  }
}

declare module "../transports/client.ts" {
  interface TransportClient {
    /**
     * Asks the service once, for an answer in parts. Each item is taken from the service when it is
     * asked for; `return` and the signal of the context end the answer there, and the signal ends
     * the wait for an item.
     *
     * @throws Problem as `call`; also when the answer ends without its output
     */
    readonly stream?: (
      operation: OperationContract,
      input: Json,
      context: CallContext,
    ) => AsyncIterable<StreamItem>;
  }
}

/** Typed; for the generated clients. @throws Error where the wiring knows no answers in parts */
export function streamOf<Part, Output>(
  calls: Calls,
  operation: OperationContract,
  input: unknown,
  options?: CallOptions,
): AsyncIterable<StreamItem<Part, Output>> {
  if (!calls.stream) throw new Error("the wiring has no `dispatch` for answers in parts");
  return calls.stream(operation, input, options) as AsyncIterable<StreamItem<Part, Output>>;
}

/** Milliseconds, and bytes of JSON. */
function readSettings(environment: Environment) {
  const env = environment.read({
    STREAM_TIMEOUT_MS: whole(1, 86_400_000)({ default: 600_000 }),
    STREAM_IDLE_MS: whole(1, 86_400_000)({ default: 35_000 }),
    STREAM_CONCURRENCY: whole(1)({ default: 1000 }),
    STREAM_GATHER_BYTES: whole(0)({ default: 1_048_576 }),
  });
  environment.check();
  return {
    timeoutMs: env.STREAM_TIMEOUT_MS,
    idleMs: env.STREAM_IDLE_MS,
    concurrency: env.STREAM_CONCURRENCY,
    gatherBytes: env.STREAM_GATHER_BYTES,
  };
}

/** Calls, and answers in parts: `stream` gives the parts as they come, `call` all of them at once as
 * `{ parts, output }`. */
export function createDispatch(options: DispatchOptions): Dispatch {
  const dispatch = createOnce(options);
  const { targets, validation, metrics } = options;
  const settings = readSettings(options.environment);
  const parts = validationOfParts(options);
  const running = new Map<string, number>();

  /** @throws Problem `resource_exhausted` when too many are running */
  const take = (service: string): (() => void) => {
    const count = running.get(service) ?? 0;
    if (count >= settings.concurrency) {
      const detail = `${count} answers of ${service} are coming: no more at once`;
      throw new Problem("resource_exhausted", detail, { retryAfter: 1 });
    }
    running.set(service, count + 1);
    return () => running.set(service, (running.get(service) ?? 1) - 1);
  };

  // One generator for both ways to ask: each one around it would cost every part.
  async function* ask(
    find: () => OperationContract,
    input: unknown,
    { timeoutMs = settings.timeoutMs, ...asked }: CallOptions = {},
    isPublic = false,
  ): AsyncGenerator<StreamItem, void, undefined> {
    const operation = find();
    const started = performance.now();
    let context: OpenCall | undefined;
    let leave: (() => void) | undefined;
    let answer: Answer | undefined;
    let code = "client_left";
    let problem: Problem | undefined;
    try {
      if (isPublic) dispatch.authorize(operation, asked.caller);
      const target = targets.get(operation.service);
      if (!target) throw new Problem("not_found", `There is no service ${operation.service}`);
      const valid = validation.input(operation, input);
      leave = take(operation.service);
      const call = openCall({ timeoutMs, ...asked });
      context = call;
      answer = await target.resilience.run(
        () => open(target, operation, valid, call, settings.idleMs),
        { safe: operation.safe, context, isUncounted: true },
      );
      for (let item = answer.first; ; item = await answer.next()) {
        if ("output" in item) {
          const output = validation.output(operation, item.output);
          code = "ok";
          yield { output };
          return;
        }
        yield { part: parts.output(operation, item.part) };
      }
    } catch (error) {
      problem = Problem.from(error);
      code = outcomeOf(problem);
      throw problem;
    } finally {
      answer?.close(problem, code === "ok");
      leave?.();
      const milliseconds = performance.now() - started;
      if (context) {
        // Ends the answer at the service, where it is not at its end.
        context.abort();
        context.close();
        metrics.call(operation.service, operation.name, code, milliseconds / 1000);
      }
      if (isPublic) dispatch.reportCall(operation, code, milliseconds);
    }
  }

  const stream: OpenStream = (operation, input, callOptions) =>
    ask(() => operation, input, callOptions);

  const streamPublic: Dispatch["streamPublic"] = (service, name, input, callOptions) =>
    ask(() => dispatch.publicOperation(service, name), input, callOptions, true);

  return {
    ...dispatch,
    stream,
    streamPublic,
    part: parts.output,
    call: (operation, input, callOptions) =>
      operation.stream
        ? gather(stream(operation, input, callOptions), settings.gatherBytes)
        : dispatch.call(operation, input, callOptions),
    async callPublic(service, name, input, callOptions) {
      const operation = dispatch.publicOperation(service, name);
      if (!operation.stream) return dispatch.callPublic(service, name, input, callOptions);
      return gather(streamPublic(service, name, input, callOptions), settings.gatherBytes);
    },
  };
}

/** One attempt, behind its first item: what fails before that may be asked again. */
interface Answer {
  readonly first: StreamItem;
  next(): Promise<StreamItem>;
  /** Ends its span, with the problem that it ended with; `isWhole` where its output came. */
  close(problem: Problem | undefined, isWhole: boolean): void;
}

function open(
  { client, contract }: Target,
  operation: OperationContract,
  input: Json,
  context: OpenCall,
  idleMs: number,
): Promise<Answer> {
  if (!client.stream) throw new Error(`the transport to ${contract.name} brings no parts`);
  const items = client.stream(operation, input, context)[Symbol.asyncIterator]();
  const opened = Promise.withResolvers<Answer>();
  const over = Promise.withResolvers<void>();
  // One timer for all items, which looks when the one that is asked for may be late.
  let askedAt: number | undefined;
  const look = () => {
    const leftMs = askedAt === undefined ? idleMs : askedAt + idleMs - performance.now();
    if (leftMs > 0) timer = setTimeout(look, leftMs);
    else context.abort(new Problem("deadline_exceeded", `No part came within ${idleMs} ms`));
  };
  let timer = setTimeout(look, idleMs);
  const next = async (): Promise<StreamItem> => {
    askedAt = performance.now();
    const { done, value } = await items.next();
    askedAt = undefined;
    if (!done) return value;
    context.signal.throwIfAborted();
    throw new Problem("unavailable", `The answer of ${contract.name} broke off`);
  };
  // The span lasts as long as the answer.
  traceCall(operation, async () => {
    const span = trace.getActiveSpan();
    const first = await next();
    // Nobody may be there to close it: what asks again gives up by the signal, whatever has come.
    context.signal.throwIfAborted();
    context.signal.addEventListener("abort", () => over.reject(context.signal.reason), {
      once: true,
    });
    span?.addEvent("first part");
    opened.resolve({
      first,
      next,
      close(problem, isWhole) {
        if (problem) return over.reject(problem);
        if (isWhole) span?.addEvent("end");
        over.resolve();
      },
    });
    await over.promise;
  })
    .catch(opened.reject)
    .finally(() => {
      clearTimeout(timer);
      // Not waited for: it stands behind the item that is asked for.
      items.return?.().catch(() => undefined);
    });
  return opened.promise;
}

/** All parts at once. @throws Problem `invalid_argument` when they are too many for that */
async function gather(items: AsyncIterable<StreamItem>, bytes: number): Promise<Json> {
  const parts: Json[] = [];
  let size = 0;
  for await (const item of items) {
    if ("output" in item) return { parts, output: item.output };
    size += Buffer.byteLength(JSON.stringify(item.part));
    if (size > bytes) {
      throw new Problem(
        "invalid_argument",
        `The answer is larger than ${bytes} bytes: ask for it with \`Accept: text/event-stream\``,
        { status: NOT_ACCEPTABLE },
      );
    }
    parts.push(item.part);
  }
  throw new Error("an answer in parts ends with its output");
}

/** RFC 9110, 15.5.7. */
const NOT_ACCEPTABLE = 406;

/** Parts are validated as answers are. */
function validationOfParts({ targets, openapi }: DispatchOptions) {
  const asAnswers = new Map<OperationContract, OperationContract>();
  for (const { contract } of targets.values()) {
    for (const operation of Object.values(contract.operations)) {
      if (!operation.stream) continue;
      asAnswers.set(operation, { ...operation, output: operation.stream });
    }
  }
  const validation = createValidation(openapi, asAnswers.values());
  return {
    /** @throws Problem `internal` when it is not what the contract says */
    output(operation: OperationContract, part: Json): Json {
      return validation.output(asAnswers.get(operation) ?? operation, part);
    },
  };
}
