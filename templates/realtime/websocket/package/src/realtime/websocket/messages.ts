import { Ajv, type ErrorObject } from "ajv";
import { Problem, type ProblemBody } from "../../calls/problem.ts";
import type { Json } from "../../contract.ts";

/** What a client may send. */
export type ClientMessage =
  /** Begins or ends listening to a channel. */
  | { readonly type: "subscribe" | "unsubscribe"; readonly channel: string }
  /** Asks for an operation; the answer carries the same `id`. */
  | {
      readonly type: "call";
      readonly id: string;
      readonly service: string;
      readonly operation: string;
      readonly input: Json;
    };

/** What a client is sent. */
export type ServerMessage =
  | { type: "event"; id: string; channel: string; time: string; data: Json }
  | { type: "result"; id: string; output: Json }
  /** With the `id` of the call that failed, or without one when no call is meant. */
  | { type: "error"; id?: string; problem: ProblemBody };

/** Names and ids: never empty, and short enough to be logged and sent back. */
const name = { type: "string", minLength: 1, maxLength: 256 };

const isClientMessage = new Ajv({ discriminator: true }).compile<ClientMessage>({
  type: "object",
  discriminator: { propertyName: "type" },
  required: ["type"],
  oneOf: [
    {
      properties: { type: { enum: ["subscribe", "unsubscribe"] }, channel: name },
      required: ["channel"],
      additionalProperties: false,
    },
    {
      properties: {
        type: { const: "call" },
        id: name,
        service: name,
        operation: name,
        // What fits in it is the operation's business.
        input: true,
      },
      required: ["id", "service", "operation", "input"],
      additionalProperties: false,
    },
  ],
});

/**
 * Reads a message.
 *
 * @throws Problem `invalid_argument` that says what is wrong with it
 */
export function readMessage(data: string): ClientMessage {
  const message = parse(data);
  if (isClientMessage(message)) return message;
  const errors = (isClientMessage.errors ?? []).slice(0, 1).map(({ instancePath, ...error }) => ({
    pointer: instancePath,
    detail: describe(error),
  }));
  throw new Problem("invalid_argument", "This is not a message that the gateway knows", { errors });
}

/** The id that a message asks to be answered with, as far as it can be read. */
export function idOf(data: string): string | undefined {
  try {
    const { id } = Object(parse(data));
    return typeof id === "string" && id.length <= name.maxLength ? id : undefined;
  } catch {
    return undefined;
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new Problem("invalid_argument", "A message is JSON text", { cause });
  }
}

function describe({ keyword, message, params }: Omit<ErrorObject, "instancePath">): string {
  if (keyword === "discriminator") return "type must be subscribe, unsubscribe or call";
  if (keyword === "additionalProperties") return `${params.additionalProperty} is not known`;
  return message ?? "is not valid";
}
