/**
 * What does not belong to one service, as reference.
 *
 * @import { OpenApi, Parameter, Service } from "../openapi/document.js"
 */
import { element, prose } from "../dom.js";
import { realtimeWays, refName } from "../openapi/document.js";
import { scrollable } from "../result/view.js";
import { fieldTable } from "./fields.js";
import { address } from "./service.js";
import { typesIn } from "./types.js";

/**
 * The record types that operations and events lead to.
 *
 * @param {OpenApi} document
 * @param {Service[]} services
 */
export function renderTypes(document, services) {
  const roots = services.flatMap(({ operations, events }) => [
    ...operations.flatMap(({ input, output }) => [input, output]),
    ...events.map(({ schema }) => schema),
  ]);
  const shown = new Set(roots.flatMap(({ $ref }) => ($ref === undefined ? [] : [refName($ref)])));
  const names = new Set(roots.flatMap((schema) => typesIn(document, schema)));
  const types = [...names].filter((name) => !shown.has(name));
  if (types.length === 0) return [];
  const entries = types.map((name) => {
    const schema = document.components?.schemas?.[name] ?? {};
    return element(
      "article",
      { class: "entry", id: `type.${name}` },
      element("h3", {}, name),
      element("p", {}, ...prose(schema.description ?? "")),
      fieldTable(document, `Fields of ${name}`, schema),
    );
  });
  return [
    element(
      "section",
      { id: "types", "data-contents": "Types" },
      element("h2", {}, "Types"),
      ...entries,
    ),
  ];
}

/**
 * @param {OpenApi} document
 * @param {string} request
 * @param {Parameter[]} parameters
 */
function parameterTable(document, request, parameters) {
  if (parameters.length === 0) return [];
  const properties = Object.fromEntries(
    parameters.map(({ name, description, schema = {} }) => [
      name,
      description === undefined ? schema : { ...schema, description },
    ]),
  );
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  return [fieldTable(document, `Parameters of ${request}`, { properties, required })];
}

/** Everything else that the gateway answers. @param {OpenApi} document */
export function renderOthers(document) {
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation["x-hybridge"] === undefined)
      .map(([method, operation]) =>
        element(
          "article",
          { class: "entry" },
          element("h3", {}, operation.summary ?? operation.operationId ?? path),
          address(method, path),
          element("p", {}, ...prose(operation.description ?? "")),
          ...parameterTable(document, `${method} ${path}`, operation.parameters ?? []),
        ),
      ),
  );
  if (entries.length === 0) return [];
  return [
    element(
      "section",
      { id: "others", "data-contents": "The gateway itself" },
      element("h2", {}, "The gateway itself"),
      ...entries,
    ),
  ];
}

/** How to listen, as far as the gateway lets one. @param {OpenApi} document */
export function renderListening(document) {
  const ways = realtimeWays(document);
  const origin = window.location.origin;
  const paragraphs = [];
  if (ways.includes("sse")) {
    paragraphs.push(
      element(
        "p",
        {},
        "Server-sent events: without channels, every event of every service. A client that comes ",
        "back with Last-Event-ID goes on where it was cut off; the event stream.gap says that ",
        "some events are no longer kept.",
      ),
      scrollable("Listening with curl", `curl -N '${origin}/api/events?channel=service.event'`),
    );
  }
  if (ways.includes("websocket")) {
    const messages = [
      '> {"type": "subscribe", "channel": "service.*"}',
      '> {"type": "call", "id": "1", "service": "...", "operation": "...", "input": {}}',
      '< {"type": "event", "id": "...", "channel": "...", "time": "...", "data": {}}',
      '< {"type": "result", "id": "1", "output": {}}',
      '< {"type": "error", "id": "1", "problem": {}}',
    ];
    paragraphs.push(
      element("p", {}, "WebSocket: one JSON message each, to listen and to call."),
      scrollable(
        "Messages of the WebSocket",
        `${origin.replace(/^http/u, "ws")}/api/ws\n\n${messages.join("\n")}`,
      ),
    );
  }
  if (paragraphs.length === 0) return [];
  return [
    element(
      "section",
      { id: "listening", "data-contents": "Listening" },
      element("h2", {}, "Listening"),
      element("p", {}, "A channel is service.event, service.* or jobs.id."),
      ...paragraphs,
    ),
  ];
}
