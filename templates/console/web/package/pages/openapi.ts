/** The gateway's OpenAPI document: what the pages read of it, and how they say who is asking. */

import { byId } from "./dom.ts";

/** JSON as it stands in contracts. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The part of JSON Schema 2020-12 that contracts use. */
export interface Schema {
  $ref?: string;
  type?: string;
  description?: string;
  format?: string;
  enum?: string[];
  default?: Json;
  example?: Json;
  examples?: Json[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  pattern?: string;
  contentEncoding?: string;
  contentMediaType?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
}

interface MediaType {
  schema?: Schema;
  example?: Json;
}

interface Body {
  description?: string;
  content?: Record<string, MediaType>;
}

interface PathOperation {
  summary?: string;
  description?: string;
  operationId?: string;
  tags?: string[];
  requestBody?: Body;
  responses?: Record<string, Body>;
  "x-hybridge"?: { service: string; operation: string };
}

/** An OpenAPI 3.1 document: the part that the pages read. */
export interface OpenApi {
  info: { title: string; version: string; description?: string };
  tags?: { name: string; description?: string }[];
  paths: Record<string, Record<string, PathOperation>>;
  components?: { schemas?: Record<string, Schema> };
  /** How clients say who they are, where they have to. */
  security?: unknown[];
  /** The name of each channel's schema */
  "x-hybridge"?: { channels?: Record<string, string> };
}

/** An operation of a service that the gateway offers. */
export interface Operation {
  /** `<service>.<operation>` */
  id: string;
  service: string;
  name: string;
  path: string;
  description: string;
  input: Schema;
  output: Schema;
}

/** A service with what the gateway offers of it. */
export interface Service {
  name: string;
  description: string;
  operations: Operation[];
  /** The channels of its events: `<service>.<event>`. */
  channels: string[];
}

const JSON_TYPE = "application/json";

/**
 * Fetches the gateway's description of itself.
 *
 * @throws Error when the gateway does not answer with one
 */
export async function loadDocument(): Promise<OpenApi> {
  const response = await fetch("/openapi.json", { headers: { accept: JSON_TYPE } });
  if (!response.ok) throw new Error(`/openapi.json answered with ${response.status}`);
  return response.json();
}

/**
 * Follows a `$ref` within the document. What stands beside the reference (a description, a default)
 * wins over what it points to, as JSON Schema 2020-12 lets them stand together.
 */
export function resolve(document: OpenApi, schema: Schema): Schema {
  let { $ref: reference, ...resolved } = schema;
  const seen = new Set();
  while (reference !== undefined && !seen.has(reference)) {
    seen.add(reference);
    const target = document.components?.schemas?.[refName(reference)] ?? {};
    const { $ref: next, ...rest } = target;
    resolved = { ...rest, ...resolved };
    reference = next;
  }
  return resolved;
}

/**
 * The name of the schema that a reference points to.
 *
 * @param reference such as `#/components/schemas/Problem`
 */
function refName(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

/** The services with their operations and channels, in the order of the document. */
export function readServices(document: OpenApi): Service[] {
  const services = new Map<string, Service>();
  const serviceOf = (name: string) => {
    const known = services.get(name);
    if (known !== undefined) return known;
    const description = document.tags?.find((tag) => tag.name === name)?.description ?? "";
    const service: Service = { name, description, operations: [], channels: [] };
    services.set(name, service);
    return service;
  };
  for (const [path, methods] of Object.entries(document.paths)) {
    const operation = methods.post;
    const origin = operation?.["x-hybridge"];
    if (operation === undefined || origin === undefined) continue;
    serviceOf(origin.service).operations.push(readOperation(path, operation, origin));
  }
  for (const channel of Object.keys(document["x-hybridge"]?.channels ?? {})) {
    serviceOf(channel.slice(0, channel.indexOf("."))).channels.push(channel);
  }
  return [...services.values()];
}

function readOperation(
  path: string,
  operation: PathOperation,
  origin: { service: string; operation: string },
): Operation {
  const input = operation.requestBody?.content?.[JSON_TYPE];
  const output = operation.responses?.["200"]?.content?.[JSON_TYPE];
  return {
    id: `${origin.service}.${origin.operation}`,
    service: origin.service,
    name: origin.operation,
    path,
    description: operation.description ?? operation.summary ?? "",
    input: input?.schema ?? {},
    output: output?.schema ?? {},
  };
}

/** Where each way to listen stands in the document. */
const LISTENING = { sse: "/api/events", websocket: "/api/ws" };

/**
 * The ways in which the gateway sends events.
 *
 * @returns of `sse` and `websocket`
 */
export function realtimeWays(document: OpenApi): string[] {
  return Object.entries(LISTENING)
    .filter(([, path]) => Object.hasOwn(document.paths, path))
    .map(([way]) => way);
}

/** Where the token is kept with which a visitor says who he is: as long as the tab is open. */
const TOKEN = "token";

/** Where a ticket is given for a token. */
const TICKETS = "/api/ticket";

let givesTickets = false;

/** The header that says who is asking; none without a token. */
export function authorization(): Record<string, string> {
  const token = window.sessionStorage.getItem(TOKEN);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** Shows the field for a token, where the gateway asks for one. */
export function showTokenField(document: OpenApi): void {
  if (document.security === undefined) return;
  givesTickets = Object.hasOwn(document.paths, TICKETS);
  const field = byId("token") as HTMLInputElement;
  field.value = window.sessionStorage.getItem(TOKEN) ?? "";
  field.addEventListener("change", () => {
    const token = field.value.trim();
    if (token === "") window.sessionStorage.removeItem(TOKEN);
    else window.sessionStorage.setItem(TOKEN, token);
  });
  byId("token-label").hidden = false;
}

/**
 * The query with which a WebSocket says who opens it, which can set no header.
 *
 * @returns `""` for nobody, and where no ticket is to be had
 */
export async function ticketQuery(): Promise<string> {
  if (!givesTickets) return "";
  try {
    const response = await fetch(TICKETS, { method: "POST", headers: authorization() });
    if (!response.ok) return "";
    const { ticket } = (await response.json()) as { ticket: string };
    return `?${new URLSearchParams({ ticket })}`;
  } catch {
    // Nobody answers a socket there either; that is tried again.
    return "";
  }
}
