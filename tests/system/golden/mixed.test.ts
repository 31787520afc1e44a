import { after } from "node:test";
import { Broker } from "../support/brokers.ts";
import { goldenPath } from "../support/golden.ts";

const brokers = [await Broker.kafka(), await Broker.rabbitmq()] as const;
after(() => {
  for (const broker of brokers) broker.end();
});
const [kafka, rabbitmq] = await Promise.all(brokers.map((broker) => broker.start()));

// Every transport, each of which brings tests of its own; so the other examples need not run theirs.
goldenPath("mixed", {
  checks: ["lint", "test", "e2e"],
  env: {
    KAFKA_BOOTSTRAP_SERVERS: kafka?.address ?? "",
    RABBITMQ_URL: rabbitmq?.address ?? "",
    // A broker that is not there is a failure, not a skipped test.
    CI: "true",
  },
});
