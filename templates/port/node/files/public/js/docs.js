/**
 * The docs page: the gateway's OpenAPI document, made readable.
 *
 * @import { EventType, OpenApi, Operation, Schema, Service } from "./openapi/document.js"
 */
import { curlOf } from "./docs/curl.js";
import { rowsOf, typesIn } from "./docs/types.js";
import { byId, element } from "./dom.js";
import { loadDocument, readServices, realtimeWays, refName } from "./openapi/document.js";
import { scrollable } from "./result/view.js";

/**
 * @param {OpenApi} document
 * @param {string} label
 * @param {Schema} schema
 * @returns {HTMLElement}
 */
function fieldTable(document, label, schema) {
  const rows = rowsOf(document, schema);
  if (rows.length === 0) return element("p", { class: "note" }, `${label}: no fields.`);
  const head = ["Field", "Type", "Meaning"].map((name) => element("th", { scope: "col" }, name));
  const lines = rows.map((row) =>
    element(
      "tr",
      {},
      element(
        "td",
        {},
        element("code", {}, row.name),
        ...(row.required ? [] : [element("span", { class: "optional" }, "optional")]),
      ),
      element("td", { class: "type" }, row.type),
      element("td", { class: "field-note" }, row.description),
    ),
  );
  return element(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...lines),
    ),
  );
}

/**
 * @param {string} method
 * @param {string} path
 */
function address(method, path) {
  return element(
    "p",
    { class: "address" },
    element("span", { class: "method" }, method.toUpperCase()),
    element("code", {}, path),
  );
}

/**
 * @param {OpenApi} document
 * @param {Operation} operation
 */
function renderOperation(document, operation) {
  const { id, path, description, input, output, example, outputExample } = operation;
  return element(
    "article",
    { class: "entry", id, "data-operation": id },
    element("h3", {}, operation.name),
    address("post", path),
    element("p", {}, description),
    element("h4", {}, "Input"),
    fieldTable(document, `Input of ${id}`, input),
    scrollable(
      `Example call of ${id}`,
      curlOf(new URL(path, window.location.href).href, example ?? {}),
    ),
    element("h4", {}, "Output"),
    fieldTable(document, `Output of ${id}`, output),
    ...(outputExample === undefined
      ? []
      : [scrollable(`Example answer of ${id}`, JSON.stringify(outputExample, undefined, 2))]),
    element("p", {}, element("a", { href: `/#${id}` }, "Try it")),
  );
}

/**
 * @param {OpenApi} document
 * @param {EventType} event
 */
function renderEvent(document, event) {
  return element(
    "article",
    { class: "entry", id: `event.${event.channel}`, "data-channel": event.channel },
    element("h3", {}, `Event ${event.name}`),
    element("p", { class: "address" }, element("code", {}, event.channel)),
    element("p", {}, event.description ?? ""),
    fieldTable(document, `Fields of ${event.channel}`, event.schema ?? {}),
  );
}

/**
 * @param {OpenApi} document
 * @param {Service} service
 */
function renderService(document, service) {
  return element(
    "section",
    { id: `service.${service.name}`, "data-contents": service.name },
    element("h2", {}, service.name),
    ...(service.description === "" ? [] : [element("p", {}, service.description)]),
    ...service.operations.map((operation) => renderOperation(document, operation)),
    ...service.events.map((event) => renderEvent(document, event)),
  );
}

/**
 * The record types that operations and events lead to.
 *
 * @param {OpenApi} document
 * @param {Service[]} services
 */
function renderTypes(document, services) {
  const roots = services.flatMap(({ operations, events }) => [
    ...operations.flatMap(({ input, output }) => [input, output]),
    ...events.flatMap(({ schema }) => (schema === undefined ? [] : [schema])),
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
      element("p", {}, schema.description ?? ""),
      fieldTable(document, `Fields of ${name}`, schema),
    );
  });
  return [
    element("section", { id: "types", "data-contents": "Types" }, element("h2", {}, "Types"), ...entries),
  ];
}

/** Everything else that the gateway answers. @param {OpenApi} document */
function renderOthers(document) {
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation["x-hybridge"] === undefined)
      .map(([method, operation]) =>
        element(
          "article",
          { class: "entry" },
          element("h3", {}, operation.summary ?? operation.operationId ?? path),
          address(method, path),
          element("p", {}, operation.description ?? ""),
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
function renderListening(document) {
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

/** The list of sections beside the page. */
function renderContents() {
  const sections = [...document.querySelectorAll("main > section[data-contents]")];
  return sections.map((section) => {
    const entries = [...section.querySelectorAll("article[id] > h3")].map((heading) =>
      element(
        "li",
        {},
        element("a", { href: `#${heading.parentElement?.id}` }, heading.textContent ?? ""),
      ),
    );
    const name = section.getAttribute("data-contents") ?? "";
    const link = element("a", { href: `#${section.id}` }, name);
    const inner = entries.length === 0 ? [] : [element("ul", {}, ...entries)];
    return element("li", {}, link, ...inner);
  });
}

async function main() {
  const place = byId("reference");
  try {
    const api = await loadDocument();
    document.title = `${api.info.title}: API reference`;
    byId("description").textContent = [api.info.title, api.info.version].join(" ");
    const services = readServices(api);
    place.prepend(...services.map((service) => renderService(api, service)));
    place.append(
      ...renderListening(api),
      ...renderTypes(api, services),
      ...renderOthers(api),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    place.prepend(
      element("p", { class: "problem", role: "alert" }, `The page could not be built: ${reason}`),
    );
  }
  byId("contents").replaceChildren(...renderContents());
  document.getElementById(decodeURIComponent(window.location.hash.slice(1)))?.scrollIntoView();
}

await main();
