import type { BaseOptions } from "@platformatic/kafka";
import type { StreamItem } from "../../calls/streams.ts";
import type { Json, OperationContract } from "../../contract.ts";
import type { CallContext, LinkSettings } from "../client.ts";
import type { Headers } from "../messages/headers.ts";
import type { Signatures } from "../messages/signatures.ts";
import { readWindow, StreamAnswers } from "../messages/streams.ts";
import type { Health } from "./health.ts";
import { problemOfSending } from "./problems.ts";
import { REPLY_TO, Replies } from "./replies.ts";
import type { Sender } from "./sender.ts";
import type { Names } from "./settings.ts";

export interface PartsOptions {
  readonly client: BaseOptions;
  readonly names: Names;
  readonly sender: Sender;
  readonly signatures: Signatures;
  readonly health: Health;
}

/** Answers in parts: asked for as calls are, read from a topic of their own. */
export class Parts {
  readonly #service: string;
  readonly #options: PartsOptions;
  readonly #topic: string;
  readonly #records: Replies;
  readonly #answers: StreamAnswers;

  constructor({ service, environment, log }: LinkSettings, options: PartsOptions) {
    const { client, names, signatures } = options;
    this.#service = service.name;
    this.#options = options;
    this.#topic = `${names.group}.parts`;
    this.#answers = new StreamAnswers(service.name, readWindow(environment), {
      ask: (headers, body, context) => this.#ask(headers, body, context),
      control: (to, headers, body) => this.#control(to, headers, body),
      verify: (headers, body) => signatures.verify(this.#topic, headers, body),
    });
    this.#records = new Replies({
      client,
      topic: this.#topic,
      log,
      take: ({ headers, body }) => this.#answers.take(headers, body),
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
    await this.#records.close();
  }

  async #ask(headers: Headers, value: string, { signal, ...context }: CallContext): Promise<void> {
    const { names, sender, signatures, health } = this.#options;
    const topic = names.requests;
    try {
      await Promise.all([this.#records.listen(), health.expect()]);
      const signed = signatures.sign(topic, { ...headers, [REPLY_TO]: this.#topic }, value);
      const message = { topic, key: context.idempotencyKey, value, headers: { ...signed } };
      await sender.send(message, signal);
    } catch (error) {
      throw problemOfSending(error, signal, this.#service);
    }
  }

  /** Each process of the service reads it, and takes what is for it. */
  async #control(topic: string, headers: Headers, value: string): Promise<void> {
    const { sender, signatures } = this.#options;
    const signed = signatures.sign(topic, headers, value);
    await sender.send({ topic, value, headers: { ...signed } });
  }
}
