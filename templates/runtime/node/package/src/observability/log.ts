import { trace } from "@opentelemetry/api";
import { type Logger, type LoggerOptions, pino } from "pino";
import type { Config } from "../server/settings.ts";
import { traceFields } from "./tracing.ts";

/** JSON lines on stdout, each with the id of the trace that it belongs to. */
export function createLog({ log }: Pick<Config, "log">): Logger {
  const options: LoggerOptions = {
    level: log.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => traceFields(trace.getActiveSpan()),
  };
  if (log.format === "pretty") {
    return pino({ ...options, transport: { target: "pino-pretty" } });
  }
  // Lines are written many at a time, for each write wakes a thread: behind the answers, and all of them before the
  // process ends.
  const lines = { minLength: 16_384, maxWrite: 65_536, periodicFlush: 100 };
  const stdout = pino.destination({ dest: 1, sync: false, ...lines });
  return pino({ ...options, formatters: { level: (level) => ({ level }) } }, stdout);
}
