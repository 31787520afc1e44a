import { randomUUID } from "node:crypto";
import { Problem } from "../../calls/problem.ts";
import type { StreamItem } from "../../calls/streams.ts";
import type { Json, OperationContract } from "../../contract.ts";
import type { CallContext, LinkSettings } from "../client.ts";
import type { Headers } from "../messages/headers.ts";
import { readWindow, StreamAnswers } from "../messages/streams.ts";
import type { Broker } from "./broker.ts";
import { REPLIES } from "./calls.ts";
import { opened, SharedChannel, send } from "./channel.ts";
import type { RabbitSettings } from "./settings.ts";
import { bodyOf, envelope, headersOf } from "./wire.ts";

/** Answers in parts: asked for on the queue of calls, on a channel of their own. */
export class Parts {
  readonly #service: string;
  readonly #settings: RabbitSettings;
  readonly #channel: SharedChannel;
  readonly #answers: StreamAnswers;
  /** Of the channel that is open. */
  #replies = "";

  constructor({ service, environment }: LinkSettings, broker: Broker, settings: RabbitSettings) {
    this.#service = service.name;
    this.#settings = settings;
    this.#answers = new StreamAnswers(service.name, readWindow(environment), {
      ask: (headers, body, context) => this.#ask(headers, Buffer.from(body), context),
      control: (to, headers, body) => this.#control(to, headers, Buffer.from(body)),
      verify: (headers, body) => settings.signatures.verify(REPLIES, headers, body),
    });
    this.#channel = new SharedChannel({
      broker,
      topology: settings.topology,
      prepare: async (channel) => {
        // No direct reply-to: what comes for a queue that is gone is returned, and so a process that
        // answers a gateway that is gone knows it at once.
        const queue = `${settings.topology.requests.name}.replies.${randomUUID()}`;
        await channel.queueDeclare({ queue, exclusive: true, autoDelete: true });
        this.#replies = queue;
        channel.once("basic.cancel", () => channel.close().catch(() => {}));
        await channel.basicConsume({ queue, noAck: true }, (record) => {
          this.#answers.take(headersOf(record), bodyOf(record));
        });
      },
      returned: ({ correlationId = "", routingKey }) => {
        if (routingKey === settings.topology.requests.name) {
          const why = `${service.name} has no queue`;
          this.#answers.fail(correlationId, new Problem("unavailable", why, { sent: false }));
        } else {
          const why = `The answer of ${service.name} broke off: it is gone`;
          this.#answers.failOf(routingKey, new Problem("unavailable", why));
        }
      },
      lost: () => this.#answers.failAll(new Problem("unavailable", "RabbitMQ was lost")),
    });
  }

  /** @throws Problem */
  stream(
    operation: OperationContract,
    input: Json,
    context: CallContext,
  ): AsyncIterable<StreamItem> {
    return this.#answers.stream(operation, input, context);
  }

  async close(): Promise<void> {
    await this.#answers.close();
    await this.#channel.close();
  }

  async #ask(headers: Headers, body: Buffer, { deadline }: CallContext): Promise<void> {
    const channel = await opened(this.#channel);
    const { signatures, topology } = this.#settings;
    const routingKey = topology.requests.name;
    const left = Math.ceil(deadline - Date.now());
    if (left <= 0) throw new Problem("deadline_exceeded", "No time was left", { sent: false });
    await send(channel, this.#service, {
      message: {
        ...envelope(signatures.sign(routingKey, headers, body)),
        routingKey,
        replyTo: this.#replies,
        expiration: String(left),
        mandatory: true,
      },
      body,
    });
  }

  /** The queue is that of a process: when it is gone, the message comes back. */
  async #control(routingKey: string, headers: Headers, body: Buffer): Promise<void> {
    const signed = this.#settings.signatures.sign(routingKey, headers, body);
    const channel = await opened(this.#channel);
    await channel.basicPublish({ ...envelope(signed), routingKey, mandatory: true }, body);
  }
}
