import type { Logger } from "pino";
import type { AsyncMessage } from "rabbitmq-client";
import { Problem } from "../../calls/problem.ts";
import type { Json, OperationContract } from "../../contract.ts";
import type { CallContext } from "../client.ts";
import { readAnswer } from "../messages/answers.ts";
import { callHeaders } from "../messages/headers.ts";
import { Waiters } from "../messages/waiters.ts";
import type { Broker } from "./broker.ts";
import { opened, SharedChannel, send } from "./channel.ts";
import type { RabbitSettings } from "./settings.ts";
import { bodyOf, envelope, headersOf } from "./wire.ts";

/** Answers come straight to the channel, through no queue (RabbitMQ, "Direct Reply-to"). */
export const REPLIES = "amq.rabbitmq.reply-to";
/** Bytes of an answer. */
const ANSWER_LIMIT = 16 * 1024 * 1024;

/** Calls over the queue of requests of one service. */
export class Calls {
  readonly #service: string;
  readonly #settings: RabbitSettings;
  readonly #log: Logger;
  readonly #waiters = new Waiters();
  readonly #channel: SharedChannel;
  #late = 0;

  constructor(service: string, broker: Broker, settings: RabbitSettings, log: Logger) {
    this.#service = service;
    this.#settings = settings;
    this.#log = log;
    this.#channel = new SharedChannel({
      broker,
      topology: settings.topology,
      prepare: async (channel) => {
        await channel.basicConsume({ queue: REPLIES, noAck: true }, (answer) => this.#take(answer));
      },
      returned: ({ correlationId = "" }) => {
        this.#waiters.settle(correlationId, () => {
          throw new Problem("unavailable", `${service} has no queue`, { sent: false });
        });
      },
      lost: () => this.#waiters.rejectAll(new Problem("unavailable", "RabbitMQ was lost")),
    });
  }

  /** Sends a call and waits for its answer. @throws Problem */
  async call(operation: OperationContract, input: Json, context: CallContext): Promise<Json> {
    const channel = await opened(this.#channel);
    const { signatures, topology } = this.#settings;
    const routingKey = topology.requests.name;
    const body = Buffer.from(JSON.stringify(input));
    return this.#waiters.wait(context, (correlationId) => {
      const left = Math.ceil(context.deadline - Date.now());
      if (left <= 0) throw new Problem("deadline_exceeded", "No time was left", { sent: false });
      const headers = callHeaders(operation, context, correlationId);
      return send(channel, this.#service, {
        message: {
          ...envelope(signatures.sign(routingKey, headers, body)),
          routingKey,
          replyTo: REPLIES,
          expiration: String(left),
          mandatory: true,
        },
        body,
      });
    });
  }

  /** @throws Problem `unavailable` when there is no broker, or nobody takes calls from it */
  async health(): Promise<void> {
    const channel = await opened(this.#channel);
    const queue = this.#settings.topology.requests.name;
    const { consumerCount } = await channel
      .queueDeclare({ queue, passive: true })
      .catch((cause: unknown) => {
        throw new Problem("unavailable", `${this.#service} has no queue`, { cause });
      });
    if (consumerCount === 0) {
      throw new Problem("unavailable", `${this.#service} takes no calls from RabbitMQ`);
    }
  }

  async close(): Promise<void> {
    await this.#channel.close();
    this.#waiters.rejectAll(new Problem("unavailable", "The gateway is stopping"));
  }

  #take(answer: AsyncMessage): void {
    const taken = this.#waiters.settle(answer.correlationId ?? "", () => {
      const body = bodyOf(answer);
      if (body.length > ANSWER_LIMIT) {
        throw new Problem("internal", `The answer of ${this.#service} is too large`);
      }
      const headers = headersOf(answer);
      if (!this.#settings.signatures.verify(REPLIES, headers, body)) return undefined;
      return readAnswer(headers, body, this.#service);
    });
    if (taken) return;
    this.#late += 1;
    this.#log.debug({ service: this.#service, late: this.#late }, "an answer came too late");
  }
}
