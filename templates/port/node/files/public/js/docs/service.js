/**
 * What one service offers, as reference.
 *
 * @import { EventType, OpenApi, Operation, Service } from "../openapi/document.js"
 */
import { element, prose } from "../dom.js";
import { exampleOf } from "../openapi/example.js";
import { pretty } from "../result/pretty.js";
import { scrollable } from "../result/view.js";
import { curlOf } from "./curl.js";
import { fieldTable } from "./fields.js";

/**
 * Method and path of a request.
 *
 * @param {string} method
 * @param {string} path
 */
export function address(method, path) {
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
  const { id, path, description, input, output } = operation;
  const url = new URL(path, window.location.href).href;
  return element(
    "article",
    { class: "entry", id, "data-operation": id },
    element("h3", {}, operation.name),
    address("post", path),
    element("p", {}, ...prose(description)),
    element("h4", {}, "Input"),
    fieldTable(document, `Input of ${id}`, input),
    scrollable(`Example call of ${id}`, curlOf(url, exampleOf(document, input))),
    element("h4", {}, "Output"),
    fieldTable(document, `Output of ${id}`, output),
    scrollable(`Example answer of ${id}`, pretty(exampleOf(document, output))),
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
    element("p", {}, ...prose(event.description)),
    fieldTable(document, `Fields of ${event.channel}`, event.schema),
  );
}

/**
 * @param {OpenApi} document
 * @param {Service} service
 */
export function renderService(document, service) {
  return element(
    "section",
    { id: `service.${service.name}`, "data-contents": service.name },
    element("h2", {}, service.name),
    ...(service.description === "" ? [] : [element("p", {}, ...prose(service.description))]),
    ...service.operations.map((operation) => renderOperation(document, operation)),
    ...service.events.map((event) => renderEvent(document, event)),
  );
}
