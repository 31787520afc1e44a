/**
 * Shows an answer.
 *
 * @import { Json } from "../openapi/document.js"
 * @import { Part } from "./model.js"
 */
import { element } from "../dom.js";
import { leading, percent } from "./model.js";
import { pretty } from "./pretty.js";

/**
 * @param {Part[]} parts
 * @param {Json} value the whole answer, shown as it came too
 * @returns {HTMLElement}
 */
export function renderAnswer(parts, value) {
  return element(
    "div",
    { class: "answer" },
    ...parts.map(renderPart),
    element(
      "details",
      { class: "raw" },
      element("summary", {}, "As it came"),
      scrollable("The answer as it came", pretty(value)),
    ),
  );
}

/**
 * A block of code that the keyboard can scroll.
 *
 * @param {string} label
 * @param {string} text
 */
export function scrollable(label, text) {
  return element(
    "pre",
    { tabindex: 0, role: "region", "aria-label": label },
    element("code", {}, text),
  );
}

/** @param {Part} part @returns {HTMLElement} */
function renderPart(part) {
  const shown = element("div", { class: `part ${part.kind}`, "data-part": part.name });
  const name = element("h5", { title: part.description || undefined }, part.name);
  shown.append(name, bodyOf(part));
  return shown;
}

/** @param {Part} part @returns {HTMLElement} */
function bodyOf(part) {
  switch (part.kind) {
    case "image":
      return element("img", {
        src: `data:${part.mediaType};base64,${part.base64}`,
        alt: part.description || part.name,
      });
    case "file":
      return element(
        "a",
        { href: `data:${part.mediaType};base64,${part.base64}`, download: part.name },
        "Save the file",
      );
    case "shares":
      return bars(part.name, part.shares);
    case "table":
      return table(part.name, part.columns, part.rows);
    case "json":
      return scrollable(part.name, part.text);
    default:
      return element("p", { class: part.isVerdict ? "verdict" : undefined }, part.text);
  }
}

/**
 * Shares as bars: a list that reads well without them.
 *
 * @param {string} label
 * @param {{ key: string, share: number }[]} shares
 */
function bars(label, shares) {
  const best = leading(shares);
  const items = shares.map((entry) => {
    const bar = element("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", String(entry.share));
    return element(
      "li",
      { class: entry === best ? "best" : undefined, "data-key": entry.key },
      element("span", { class: "key" }, entry.key),
      bar,
      element("span", { class: "share" }, percent(entry.share)),
    );
  });
  return element("ul", { class: "bars", "aria-label": label }, ...items);
}

/**
 * @param {string} label
 * @param {string[]} columns
 * @param {string[][]} rows
 */
function table(label, columns, rows) {
  const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
  const lines = rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell))));
  return element(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...lines)),
  );
}
