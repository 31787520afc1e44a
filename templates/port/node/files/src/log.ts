import { trace } from "@opentelemetry/api";
import { type Logger, pino } from "pino";
import type { Config } from "./config.ts";

/** JSON lines on stdout, each with the id of the trace that it belongs to. */
export function createLog({ log }: Pick<Config, "log">): Logger {
  return pino({
    level: log.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
    mixin: traceFields,
    redact: ["req.headers.authorization", "req.headers.cookie"],
    ...(log.format === "pretty" && { transport: { target: "pino-pretty" } }),
  });
}

function traceFields(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
