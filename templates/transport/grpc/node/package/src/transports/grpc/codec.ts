import { Problem } from "../../calls/problem.ts";
import type { Json } from "../../contract.ts";
import type { ServiceEvent } from "../client.ts";

/** `google.protobuf.Timestamp`, as messages hold it. */
interface Timestamp {
  seconds: number;
  nanos: number;
}

/** A method, from JSON to bytes and back. */
export interface Method {
  /** As HTTP/2 has it: `/<package>.<Service>/<Method>`. */
  readonly path: string;
  /** @throws Problem `invalid_argument` for what messages cannot hold */
  encode(value: Json): Buffer;
  /** @throws Error when the bytes are not what the contract says */
  decode(bytes: Uint8Array): Json;
}

/** The stream of events. */
export interface EventStream {
  readonly path: string;
  /** @param after The id of the last event that arrived; `""`: from the oldest that is kept */
  ask(after: string): Buffer;
  /** `undefined` for an event that this gateway does not know. */
  read(bytes: Uint8Array): ServiceEvent | undefined;
}

/** A service, as its contract says that it is asked. */
export interface Codec {
  readonly operations: Readonly<Record<string, Method>>;
  readonly events: EventStream;
}

/** What is generated for each message. */
export interface MessageType<M> {
  encode(message: M): { finish(): Uint8Array };
  decode(bytes: Uint8Array): M;
}

interface Ways<V, O, I, R> {
  readonly path: string;
  readonly outgoing: MessageType<O>;
  encode(value: V): O;
  readonly incoming: MessageType<I>;
  decode(message: I): R;
}

/** A method from its messages. What goes out was validated: its type is taken at its word. */
export function method<V, O, I, R>(ways: Ways<V, O, I, R>): Method {
  return {
    path: ways.path,
    encode(value) {
      try {
        return buffer(ways.outgoing.encode(ways.encode(value as V)).finish());
      } catch (error) {
        throw error instanceof Unfit ? error.problem(value) : error;
      }
    },
    decode: (bytes) => ways.decode(ways.incoming.decode(bytes)) as Json,
  };
}

interface Stream<A extends { after: string }, E extends Occurrence> {
  readonly path: string;
  readonly request: MessageType<A>;
  readonly response: MessageType<E>;
  read(message: E): { readonly name: string; readonly data: object } | undefined;
}

interface Occurrence {
  readonly id: string;
  readonly time: Timestamp | undefined;
}

/** The stream of events from its messages. */
export function events<E extends Occurrence>(stream: Stream<{ after: string }, E>): EventStream {
  return {
    path: stream.path,
    ask: (after) => buffer(stream.request.encode({ after }).finish()),
    read(bytes) {
      const message = stream.response.decode(bytes);
      const reported = stream.read(message);
      if (!reported) return undefined;
      const { name, data } = reported;
      return { id: message.id, name, time: moment(message.time), data: data as Json };
    },
  };
}

/** A value that a message cannot hold, although its JSON Schema allows it. */
class Unfit extends Error {
  readonly #value: Json;

  constructor(value: Json, why: string) {
    super(why);
    this.#value = value;
  }

  problem(input: Json): Problem {
    const errors = [{ pointer: pointerTo(this.#value, input) ?? "", detail: this.message }];
    return new Problem("invalid_argument", "The input is not what the operation takes", { errors });
  }
}

/** Where the first such value stands (RFC 6901). Looked for only when there is an error to report. */
function pointerTo(value: Json, within: Json): string | undefined {
  if (within === value) return "";
  if (typeof within !== "object" || within === null) return undefined;
  for (const [key, item] of Object.entries(within)) {
    const rest = pointerTo(value, item);
    if (rest !== undefined) return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}${rest}`;
  }
  return undefined;
}

/** Seconds of the years 1 to 9999, which `google.protobuf.Timestamp` is for. */
const [FIRST, LAST] = [-62_135_596_800, 253_402_300_799];

/** RFC 3339 -> the instant, to the nanosecond. */
export function timestamp(text: string): Timestamp {
  const seconds = Math.floor(Date.parse(text.toUpperCase()) / 1000);
  if (!(seconds >= FIRST && seconds <= LAST)) {
    throw new Unfit(text, "must be a moment of the years 1 to 9999, in UTC");
  }
  const [, fraction = ""] = /\.(\d+)/.exec(text) ?? [];
  return { seconds, nanos: Number(fraction.slice(0, 9).padEnd(9, "0")) };
}

/** The instant -> RFC 3339 in UTC, with as many groups of three digits as it takes. */
export function moment(message: Timestamp | undefined): string {
  const { seconds, nanos } = given(message);
  const whole = new Date(seconds * 1000).toISOString().replace(".000Z", "");
  if (nanos === 0) return `${whole}Z`;
  const digits = String(nanos).padStart(9, "0");
  const fraction = digits.replace(/(?:000){1,2}$/, "");
  return `${whole}.${fraction}Z`;
}

/** Base64 (RFC 4648, 4) -> bytes. */
export function bytes(text: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new Unfit(text, "must be base64 (RFC 4648, 4)");
  }
  return Buffer.from(text, "base64");
}

/** Bytes -> base64. */
export function base64(bytes: Uint8Array): string {
  return buffer(bytes).toString("base64");
}

/** The words of an enum by their numbers. */
export function wordsOf<W extends string>(
  numbers: Readonly<Record<W, number>>,
): ReadonlyMap<number, W> {
  return new Map(Object.entries<number>(numbers).map(([word, number]) => [number, word as W]));
}

/** @throws Error when the number stands for no word of this contract */
export function word<W>(words: ReadonlyMap<number, W>, number: number): W {
  return given(words.get(number));
}

/** @throws Error when what the contract requires is not there */
export function given<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError("something is missing that the contract requires");
  return value;
}

export function mapOf<T, M>(
  record: Readonly<Record<string, T>>,
  encode: (value: T) => M,
): Map<string, M> {
  return new Map(Object.entries(record).map(([key, value]) => [key, encode(value)]));
}

export function recordOf<M, T>(
  map: ReadonlyMap<string, M>,
  decode: (value: M) => T,
): Record<string, T> {
  return Object.fromEntries(Array.from(map, ([key, value]) => [key, decode(value)]));
}

/** Values of `json` come with every key that they have. ts-proto assigns keys one by one, and what is assigned to
 * `__proto__` is none. */
export function keepKeys(struct: {
  unwrap(message: { fields: Map<string, unknown> }): object;
}): void {
  struct.unwrap = ({ fields }) => Object.fromEntries(fields);
}

/** The same memory as a Buffer. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
