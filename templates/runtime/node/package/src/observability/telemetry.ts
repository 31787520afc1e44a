/**
 * OpenTelemetry, loaded before everything else (`node --import`) and configured
 * by the `OTEL_*` variables of its specification alone. Without an exporter no SDK is loaded: ids
 * still go from the request to logs, problems and services (see tracing.ts), and nothing is recorded.
 *
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
import { readFile } from "node:fs/promises";
import { context, propagation } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";

const EXPORTERS = [
  "OTEL_TRACES_EXPORTER",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];

async function start(): Promise<() => Promise<void>> {
  const { OTEL_TRACES_EXPORTER: exporter, OTEL_SDK_DISABLED: isDisabled } = process.env;
  const isConfigured = exporter !== "none" && EXPORTERS.some((name) => process.env[name]);
  if (!isConfigured || isDisabled === "true") {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    return async () => {};
  }
  // `/metrics` has the metrics and stdout the logs; only traces leave this way unless asked for.
  process.env.OTEL_METRICS_EXPORTER ??= "none";
  process.env.OTEL_LOGS_EXPORTER ??= "none";
  process.env.OTEL_SERVICE_NAME ??= await ownName();
  const { NodeSDK } = await import("@opentelemetry/sdk-node");
  const sdk = new NodeSDK({ instrumentations: [] });
  sdk.start();
  return () => sdk.shutdown();
}

/** The name of the package in whose folder the process runs, without its scope. */
async function ownName(): Promise<string> {
  const { name } = JSON.parse(await readFile("package.json", "utf8")) as { name: string };
  return name.replace(/^@.*\//, "");
}

/** Sends the spans that wait, at the end of the process. */
export const stopTelemetry: () => Promise<void> = await start();
