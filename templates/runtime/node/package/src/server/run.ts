import closeWithGrace from "close-with-grace";
import { stopTelemetry } from "../observability/telemetry.ts";
import { EnvironmentError } from "./environment.ts";
import { createGateway, type Gateway, type Wiring } from "./gateway.ts";

/** Runs a gateway until it is asked to stop: SIGTERM, SIGINT, or an error that nobody caught. */
export async function run(wiring: Wiring): Promise<void> {
  const gateway = open(wiring);
  const { config, log } = gateway;
  const server = await wiring.server(gateway);

  closeWithGrace({ delay: config.shutdownGraceMs, logger: log }, async ({ err, signal }) => {
    if (err) log.fatal({ err }, "stopping after an error that nobody caught");
    else log.info({ signal }, "stopping");
    // Streams and sockets end while the server waits for the requests under way.
    await Promise.all([gateway.drain(), server.close()]);
    await gateway.close();
    await stopTelemetry();
    log.info("stopped");
  });

  log.info({ address: await server.listen() }, "listening");
}

/** A wrong environment is a user error: reported in words, without a stack. */
function open(wiring: Wiring): Gateway {
  try {
    return createGateway(process.env, wiring);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
