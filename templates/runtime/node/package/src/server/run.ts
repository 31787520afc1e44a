import closeWithGrace from "close-with-grace";
import { stopTelemetry } from "../observability/telemetry.ts";
import { createGateway, type Gateway, type HttpServer, type Wiring } from "./gateway.ts";
import { EnvironmentError } from "./settings.ts";

/** What asks a process to stop: a terminal, a reloader, whatever runs a container. */
const STOP = ["SIGINT", "SIGTERM"] as const;

/** Runs a gateway until it is asked to stop: SIGTERM, SIGINT, or an error that nobody caught. */
export async function run(wiring: Wiring): Promise<void> {
  const { gateway, server } = await open(wiring);
  const { config, log } = gateway;
  const { metricsPort, host } = config;
  const metrics =
    metricsPort === undefined ? undefined : await gateway.metrics.listen(metricsPort, host);

  const grace = { delay: config.shutdownGraceMs, logger: log, skip: [...STOP] };
  const { close } = closeWithGrace(grace, async ({ err, signal }) => {
    if (err) log.fatal({ err }, "stopping after an error that nobody caught");
    else if (signal) log.info({ signal }, "stopping");
    // Streams and sockets end while the server waits for the requests under way.
    await Promise.all([gateway.drain(), server.close()]);
    await gateway.close();
    metrics?.close();
    await stopTelemetry();
    log.info("stopped");
  });

  // A second one changes nothing: the grace is bounded, and both a terminal and a reloader send Ctrl-C.
  let isStopping = false;
  for (const signal of STOP) {
    process.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      log.info({ signal }, "stopping");
      close();
    });
  }

  log.info({ address: await server.listen() }, "listening");
}

/** A wrong environment is a user error: reported in words, without a stack. */
async function open(wiring: Wiring): Promise<{ gateway: Gateway; server: HttpServer }> {
  try {
    const gateway = createGateway(process.env, wiring);
    return { gateway, server: await wiring.server(gateway) };
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
