import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import { Problem } from "../../calls/problem.ts";
import { fieldErrors } from "../../calls/validation.ts";
import { activeTraceId } from "../../observability/tracing.ts";
import { inTrace } from "./observe.ts";

/** Every error leaves as a problem (RFC 9457); the detail of a 5xx that is not one stays inside. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = translate(error);
    inTrace(request, () => {
      if (problem.code === "internal") request.log.error({ err: problem }, "request failed");
      sendProblem(reply, problem);
    });
  });
}

/** Answers with `problem`. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfter !== undefined) reply.header("retry-after", problem.retryAfter);
  return reply
    .code(problem.status)
    .type("application/problem+json")
    .serializer(JSON.stringify)
    .send(problem.body(activeTraceId()));
}

/** Fastify's own errors by their status; what they say of 4xx is meant for clients. */
function translate(error: unknown): Problem {
  if (error instanceof Problem || !(error instanceof Error)) return Problem.from(error);
  const {
    statusCode: status,
    code,
    validation,
    validationContext,
  } = error as Partial<FastifyError>;
  if (validation) {
    return new Problem("invalid_argument", `The ${validationContext} is not what the route takes`, {
      errors: fieldErrors(validation),
    });
  }
  if (code === "FST_ERR_HANDLER_TIMEOUT") {
    return new Problem("deadline_exceeded", "No answer in time", { cause: error });
  }
  if (status === undefined || status < 400 || status >= 500) return Problem.from(error);
  return new Problem("invalid_argument", error.message, { status, cause: error });
}
