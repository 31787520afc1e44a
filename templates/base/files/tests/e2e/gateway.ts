/** The system as its clients see it: everything here comes from BASE_URL. */
import { sample } from "openapi-sampler";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The part of the gateway's OpenAPI document that the tests read. */
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, PathOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly "x-hybridge": { readonly channels: Readonly<Record<string, string>> };
}

interface PathOperation {
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, { content?: Readonly<Record<string, MediaType>> }>>;
  readonly "x-hybridge"?: Names;
}

interface Names {
  readonly service: string;
  readonly operation: string;
  readonly safe: boolean;
}

interface MediaType {
  readonly schema: Schema;
}

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** An operation that the gateway offers. */
export interface Operation {
  /** `<service>.<operation>` */
  readonly id: string;
  readonly service: string;
  readonly name: string;
  readonly path: string;
  /** Changes nothing. */
  readonly safe: boolean;
  /** Answers in parts. */
  readonly inParts: boolean;
  /** An input as the document's own examples have it, made up from the types where it has none. */
  readonly example: { readonly [key: string]: Json };
  readonly input: Schema;
  readonly output: Schema;
  /** What a job of it ends with. */
  readonly result: Schema;
}

const JSON_TYPE = "application/json";
const STREAM_TYPE = "text/event-stream";

export const baseUrl: string = (() => {
  const url = process.env.BASE_URL;
  if (!url) throw new Error("BASE_URL names no gateway: run `make e2e`");
  return url.replace(/\/$/, "");
})();

export const document = (await (await fetch(`${baseUrl}/openapi.json`)).json()) as Document;

/** Every public operation, as the document lists them. */
export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(
  ([path, { post }]) => {
    const names = post?.["x-hybridge"];
    if (!post || !names) return [];
    const input = post.requestBody?.content[JSON_TYPE];
    const answers = post.responses["200"]?.content;
    const output = answers?.[JSON_TYPE];
    if (!input || !output) throw new Error(`${path} has no JSON in the document`);
    const inParts = STREAM_TYPE in (answers ?? {});
    const { properties = {} } = inParts ? output.schema : {};
    return {
      id: `${names.service}.${names.operation}`,
      service: names.service,
      name: names.operation,
      path,
      safe: names.safe,
      inParts,
      example: sample(input.schema as object, { quiet: true }, document) as Operation["example"],
      input: input.schema,
      output: output.schema,
      result: properties.output ?? output.schema,
    };
  },
);

/** One operation of each service: what is the same for all operations depends on the way to it. */
export const linked: readonly Operation[] = operations.filter(
  ({ service }, index) => operations.findIndex((one) => one.service === service) === index,
);

/** Whether the gateway offers `path` at all: real-time ways are a matter of choice. */
export function offers(path: string): boolean {
  return path in document.paths;
}

/** The schema itself, where `schema` only refers to it. */
export function resolve(schema: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  const target = name === undefined ? schema : document.components.schemas[name];
  if (!target) throw new Error(`the document has no ${schema.$ref}`);
  return target;
}

/** Says who is asking, where TOKEN has what the gateway knows clients by. */
export const authorization: Readonly<Record<string, string>> = process.env.TOKEN
  ? { authorization: `Bearer ${process.env.TOKEN}` }
  : {};

/** Asks the gateway for `path`. */
export function get(
  path: string,
  init: RequestInit & { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  return fetch(`${baseUrl}${path}`, { ...init, headers: { ...authorization, ...init.headers } });
}

/** Posts `body` as JSON. */
export function post(
  path: string,
  body: Json,
  headers: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${baseUrl}${path}`, {
    method: "POST",
    headers: { "content-type": JSON_TYPE, ...authorization, ...headers },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
}

/** The first operation, for what is the same for all of them. */
export function anyOperation(): Operation {
  const [operation] = operations;
  if (!operation) throw new Error("the gateway offers no operation");
  return operation;
}
