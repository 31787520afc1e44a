/**
 * The fields of a record as a table.
 *
 * @import { OpenApi, Schema } from "../openapi/document.js"
 */
import { element, prose } from "../dom.js";
import { rowsOf } from "./types.js";

/**
 * @param {OpenApi} document
 * @param {string} label
 * @param {Schema} schema
 * @returns {HTMLElement}
 */
export function fieldTable(document, label, schema) {
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
      element("td", { class: "field-note" }, ...prose(row.description)),
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
