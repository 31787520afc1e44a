import { EnvError, makeExactValidator, str } from "envalid";
import type { Tls } from "../../server/settings.ts";
import type { LinkSettings } from "../client.ts";
import { Signatures } from "../messages/signatures.ts";
import { type Topology, topologyOf } from "./topology.ts";

export interface RabbitSettings {
  /** Where the broker is, and who logs in. */
  readonly url: URL;
  readonly topology: Topology;
  /** Where the address is `amqps`. */
  readonly tls: Tls | undefined;
  readonly signatures: Signatures;
}

const GUEST = "guest";

/** Reads the variables of RabbitMQ; what does not fit is remembered by the environment. */
export function readSettings(link: LinkSettings): RabbitSettings {
  const { environment, identity, service } = link;
  const values = environment.read({
    RABBITMQ_URL: amqpUrl({ default: new URL("amqp://127.0.0.1:5672") }),
    RABBITMQ_NAMESPACE: namespace({ default: identity.system }),
    RABBITMQ_PASSWORD: str({ default: "" }),
  });
  // A wrong address has been reported; until that is judged any does.
  const url = new URL(values.RABBITMQ_URL ?? "amqp://127.0.0.1:5672");
  if (url.password === "") {
    const password = environment.secret("RABBITMQ_PASSWORD", GUEST);
    url.username ||= password === GUEST ? GUEST : encodeURIComponent(identity.system);
    url.password = encodeURIComponent(password);
  }
  return {
    url,
    topology: topologyOf(values.RABBITMQ_NAMESPACE ?? identity.system, service.name),
    tls: url.protocol === "amqps:" ? environment.tls() : undefined,
    signatures: new Signatures(link),
  };
}

const amqpUrl = makeExactValidator<URL>((text) => {
  const url = URL.parse(text);
  if ((url?.protocol !== "amqp:" && url?.protocol !== "amqps:") || !url.hostname) {
    throw new EnvError(`"${text}" is not an amqp or amqps address`);
  }
  return url;
});

const namespace = makeExactValidator<string>((text) => {
  if (!/^[A-Za-z0-9._-]+$/.test(text)) {
    throw new EnvError(`"${text}" is more than letters, digits, ".", "_" and "-"`);
  }
  return text;
});
