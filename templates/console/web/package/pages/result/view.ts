/** Shows an answer, or why there is none. */

import type { Problem } from "../client.ts";
import { element } from "../dom.ts";
import type { Json } from "../openapi.ts";
import { leading, type Part, percent, pretty } from "./model.ts";

/** @param value the whole answer, shown as it came too */
export function renderAnswer(parts: Part[], value: Json): HTMLElement {
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

/** A block of code that the keyboard can scroll. */
function scrollable(label: string, text: string) {
  return element(
    "pre",
    { tabindex: 0, role: "region", "aria-label": label },
    element("code", {}, text),
  );
}

function renderPart(part: Part): HTMLElement {
  const shown = element("div", { class: `part ${part.kind}`, "data-part": part.name });
  const name = element("h5", { title: part.description || undefined }, part.name);
  shown.append(name, bodyOf(part));
  return shown;
}

function bodyOf(part: Part): HTMLElement {
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

/** Shares as bars: a list that reads well without them. */
function bars(label: string, shares: { key: string; share: number }[]) {
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

function table(label: string, columns: string[], rows: string[][]) {
  const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
  const lines = rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell))));
  return element(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...lines)),
  );
}

/**
 * Why there is no answer.
 *
 * @param errors what is wrong with the input that no field shows
 */
export function renderProblem(problem: Problem, errors: string[]): HTMLElement {
  const facts = [
    problem.status > 0 ? `${problem.status} ${problem.code}` : problem.code,
    ...(problem.trace_id === undefined ? [] : [`trace ${problem.trace_id}`]),
  ];
  return element(
    "div",
    { class: "problem", "data-code": problem.code },
    element("h5", {}, problem.title),
    element("p", {}, problem.detail),
    ...(errors.length === 0
      ? []
      : [element("ul", {}, ...errors.map((error) => element("li", {}, error)))]),
    element("p", { class: "facts" }, facts.join(" \u00b7 ")),
  );
}
