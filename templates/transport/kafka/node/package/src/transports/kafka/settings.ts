import type { BaseOptions } from "@platformatic/kafka";
import { str } from "envalid";
import { list } from "../../server/settings.ts";
import type { LinkSettings } from "../client.ts";

/** Topics and group of one service. */
export interface Names {
  /** Calls. */
  readonly requests: string;
  /** Jobs. */
  readonly orders: string;
  readonly replies: string;
  readonly events: string;
  /** What becomes of jobs. */
  readonly jobs: string;
  /** The group in which the processes of the service take calls. */
  readonly group: string;
}

export interface KafkaSettings {
  /** What every client of the link is made with. */
  readonly client: BaseOptions;
  readonly names: Names;
}

const PROTOCOLS = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] as const;
const MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;

/** Reads the variables of Kafka; what does not fit is remembered by the environment. */
export function readSettings({ environment, identity, service }: LinkSettings): KafkaSettings {
  const values = environment.read({
    KAFKA_BOOTSTRAP_SERVERS: list(wrongAddress)({ default: ["127.0.0.1:9092"] }),
    KAFKA_NAMESPACE: str({ default: identity.system }),
    KAFKA_SECURITY_PROTOCOL: str({ choices: PROTOCOLS, default: "PLAINTEXT" }),
    KAFKA_SASL_MECHANISM: str({ choices: MECHANISMS, default: "SCRAM-SHA-512" }),
    KAFKA_SASL_USERNAME: str({ default: "" }),
    KAFKA_SASL_PASSWORD: str({ default: "" }),
  });
  const { KAFKA_SECURITY_PROTOCOL: protocol = "PLAINTEXT" } = values;
  const name = `${values.KAFKA_NAMESPACE}.${service.name}`;
  return {
    names: {
      requests: `${name}.requests`,
      orders: `${name}.orders`,
      replies: `${name}.replies`,
      events: `${name}.events`,
      jobs: `${name}.jobs`,
      group: name,
    },
    client: {
      clientId: `${values.KAFKA_NAMESPACE}.gateway`,
      // A wrong address has been reported; until that is judged any does.
      bootstrapBrokers: [...(values.KAFKA_BOOTSTRAP_SERVERS ?? ["127.0.0.1:9092"])],
      connectTimeout: 2000,
      requestTimeout: 10_000,
      // Trying again is decided where it is known what for.
      retries: 0,
      ...(protocol.endsWith("SSL") && { tls: environment.tls() }),
      ...(protocol.startsWith("SASL") && {
        sasl: {
          mechanism: values.KAFKA_SASL_MECHANISM,
          username: values.KAFKA_SASL_USERNAME,
          password: values.KAFKA_SASL_PASSWORD,
        },
      }),
    },
  };
}

function wrongAddress(address: string): string | undefined {
  return /^[^\s:]+:\d{1,5}$/.test(address) ? undefined : "is not host:port";
}
