/**
 * OpenTelemetry, loaded before everything else (`node --import`) and configured
 * by the `OTEL_*` variables of its specification alone. Without an exporter nothing is loaded and
 * tracing costs nothing.
 *
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
import { readFile } from "node:fs/promises";

const EXPORTERS = [
  "OTEL_TRACES_EXPORTER",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];

async function start(): Promise<() => Promise<void>> {
  const isConfigured = EXPORTERS.some((name) => process.env[name]);
  if (!isConfigured || process.env.OTEL_SDK_DISABLED === "true") return async () => {};
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
