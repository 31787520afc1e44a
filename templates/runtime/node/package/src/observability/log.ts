import { trace } from "@opentelemetry/api";
import { type Logger, type LoggerOptions, pino } from "pino";
import type { Config } from "../server/settings.ts";

/** JSON lines on stdout, each with the id of the trace that it belongs to. */
export function createLog({ log }: Pick<Config, "log">): Logger {
  const options: LoggerOptions = {
    level: log.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: traceFields,
  };
  if (log.format === "pretty") {
    return pino({ ...options, transport: { target: "pino-pretty" } });
  }
  // Lines are written some at a time, behind the answers, and all of them before the process ends: each write wakes
  // a thread. As bytes, which the types of pino do not know: of text, all that waits is copied with each line anew.
  const waiting = { minLength: 8192, periodicFlush: 100, contentMode: "buffer" } as const;
  return pino(
    {
      ...options,
      formatters: { level: (level) => ({ level }) },
      hooks: { streamWrite: (line) => Buffer.from(line) as unknown as string },
    },
    pino.destination({ dest: 1, sync: false, ...waiting }),
  );
}

function traceFields(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
