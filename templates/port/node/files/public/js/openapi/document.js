/**
 * JSON as it stands in contracts.
 *
 * @typedef {null | boolean | number | string | Json[] | { [key: string]: Json }} Json
 */

/**
 * The part of JSON Schema 2020-12 that contracts use.
 *
 * @typedef {object} Schema
 * @property {string} [$ref]
 * @property {string} [type]
 * @property {string} [description]
 * @property {string} [format]
 * @property {string[]} [enum]
 * @property {Json} [default]
 * @property {Json} [example]
 * @property {Json[]} [examples]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [minLength]
 * @property {number} [maxLength]
 * @property {number} [minItems]
 * @property {number} [maxItems]
 * @property {number} [minProperties]
 * @property {number} [maxProperties]
 * @property {string} [pattern]
 * @property {string} [contentEncoding]
 * @property {string} [contentMediaType]
 * @property {Schema} [items]
 * @property {Record<string, Schema>} [properties]
 * @property {string[]} [required]
 * @property {Schema | boolean} [additionalProperties]
 */

/**
 * @typedef {object} MediaType
 * @property {Schema} [schema]
 * @property {Json} [example]
 */

/**
 * @typedef {object} Body
 * @property {string} [description]
 * @property {Record<string, MediaType>} [content]
 */

/**
 * @typedef {object} PathOperation
 * @property {string} [summary]
 * @property {string} [description]
 * @property {string} [operationId]
 * @property {string[]} [tags]
 * @property {Parameter[]} [parameters]
 * @property {Body} [requestBody]
 * @property {Record<string, Body>} [responses]
 * @property {{ service: string, operation: string }} [x-hybridge]
 */

/**
 * @typedef {object} Parameter
 * @property {string} [$ref]
 * @property {string} name
 * @property {string} in
 * @property {string} [description]
 * @property {boolean} [required]
 * @property {Schema} [schema]
 */

/**
 * An OpenAPI 3.1 document: the part that the pages read.
 *
 * @typedef {object} OpenApi
 * @property {{ title: string, version: string, description?: string }} info
 * @property {{ name: string, description?: string }[]} [tags]
 * @property {Record<string, Record<string, PathOperation>>} paths
 * @property {{ schemas?: Record<string, Schema> }} [components]
 * @property {{ channels?: Record<string, string> }} [x-hybridge] the name of each channel's schema
 */

/**
 * An operation of a service that the gateway offers.
 *
 * @typedef {object} Operation
 * @property {string} id `<service>.<operation>`
 * @property {string} service
 * @property {string} name
 * @property {string} path
 * @property {string} description
 * @property {Schema} input
 * @property {Schema} output
 */

/**
 * A service with what the gateway offers of it.
 *
 * @typedef {object} Service
 * @property {string} name
 * @property {string} description
 * @property {Operation[]} operations
 * @property {EventType[]} events
 */

/**
 * What a service tells unasked.
 *
 * @typedef {object} EventType
 * @property {string} service
 * @property {string} name
 * @property {string} channel
 * @property {string} description
 * @property {Schema} schema
 */

const JSON_TYPE = "application/json";

/**
 * Fetches the gateway's description of itself.
 *
 * @returns {Promise<OpenApi>}
 * @throws {Error} when the gateway does not answer with one
 */
export async function loadDocument() {
  const response = await fetch("/openapi.json", { headers: { accept: JSON_TYPE } });
  if (!response.ok) throw new Error(`/openapi.json answered with ${response.status}`);
  return response.json();
}

/**
 * Follows a `$ref` within the document. What stands beside the reference (a description, a default)
 * wins over what it points to, as JSON Schema 2020-12 lets them stand together.
 *
 * @param {OpenApi} document
 * @param {Schema} schema
 * @returns {Schema}
 */
export function resolve(document, schema) {
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
 * @param {string} reference such as `#/components/schemas/Problem`
 * @returns {string}
 */
export function refName(reference) {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

/**
 * The services with their operations and events, in the order of the document.
 *
 * @param {OpenApi} document
 * @returns {Service[]}
 */
export function readServices(document) {
  /** @type {Map<string, Service>} */
  const services = new Map();
  /** @param {string} name */
  const serviceOf = (name) => {
    const known = services.get(name);
    if (known !== undefined) return known;
    const description = document.tags?.find((tag) => tag.name === name)?.description ?? "";
    /** @type {Service} */
    const service = { name, description, operations: [], events: [] };
    services.set(name, service);
    return service;
  };
  for (const [path, methods] of Object.entries(document.paths)) {
    const operation = methods.post;
    const origin = operation?.["x-hybridge"];
    if (operation === undefined || origin === undefined) continue;
    serviceOf(origin.service).operations.push(readOperation(path, operation, origin));
  }
  for (const [channel, schema] of Object.entries(document["x-hybridge"]?.channels ?? {})) {
    const event = readEvent(document, channel, schema);
    serviceOf(event.service).events.push(event);
  }
  return [...services.values()];
}

/**
 * @param {string} path
 * @param {PathOperation} operation
 * @param {{ service: string, operation: string }} origin
 * @returns {Operation}
 */
function readOperation(path, operation, origin) {
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

/**
 * @param {OpenApi} document
 * @param {string} channel `<service>.<event>`
 * @param {string} name of the schema
 * @returns {EventType}
 */
function readEvent(document, channel, name) {
  const dot = channel.indexOf(".");
  return {
    service: channel.slice(0, dot),
    name: channel.slice(dot + 1),
    channel,
    description: document.components?.schemas?.[name]?.description ?? "",
    schema: { $ref: `#/components/schemas/${name}` },
  };
}

/** Where each way to listen stands in the document. */
const LISTENING = { sse: "/api/events", websocket: "/api/ws" };

/**
 * The ways in which the gateway tells events.
 *
 * @param {OpenApi} document
 * @returns {string[]} of `sse` and `websocket`
 */
export function realtimeWays(document) {
  return Object.entries(LISTENING)
    .filter(([, path]) => Object.hasOwn(document.paths, path))
    .map(([way]) => way);
}
