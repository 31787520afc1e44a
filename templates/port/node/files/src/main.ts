import closeWithGrace from "close-with-grace";
import { EnvironmentError } from "./core/environment.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import { createServer } from "./http/server.ts";
import { stopTelemetry } from "./telemetry.ts";
import { wiring } from "./wiring.ts";

const gateway = open();
const server = await createServer(gateway);
const { config, log } = gateway;

closeWithGrace({ delay: config.shutdownGraceMs, logger: log }, async ({ err, signal }) => {
  if (err) log.fatal({ err }, "stopping after an error that nobody caught");
  else log.info({ signal }, "stopping");
  // Streams and sockets first: the server waits for every open response.
  await Promise.all([gateway.drain(), server.close()]);
  await gateway.close();
  await stopTelemetry();
});

log.info({ address: await server.listen() }, "listening");

/** A wrong environment is the operator's to mend: told in words, without a stack. */
function open(): Gateway {
  try {
    return createGateway(process.env, wiring);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
