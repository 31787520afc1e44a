/**
 * OpenTelemetry, loaded before everything else (`node --import ./src/telemetry.ts`) and configured
 * by the `OTEL_*` variables of its specification alone. Without an exporter nothing is loaded and
 * tracing costs nothing.
 *
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
import manifest from "../package.json" with { type: "json" };

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
  process.env.OTEL_SERVICE_NAME ??= manifest.name.replace(/^@.*\//, "");
  const { NodeSDK } = await import("@opentelemetry/sdk-node");
  const sdk = new NodeSDK({ instrumentations: [] });
  sdk.start();
  return () => sdk.shutdown();
}

/** Sends the spans that wait, at the end of the process. */
export const stopTelemetry: () => Promise<void> = await start();
