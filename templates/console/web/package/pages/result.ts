/**
 * How an answer is shown, by its schema alone: pure, so that it is tested without a browser.
 */

import stringify from "json-stringify-pretty-compact";
import type { Problem } from "./client.ts";
import { element } from "./dom.ts";
import { isRecord } from "./form/model.ts";
import { type Json, type OpenApi, resolve, type Schema } from "./openapi.ts";

/** One part of an answer. */
export type Part =
  | { kind: "image"; name: string; description: string; mediaType: string; base64: string }
  | { kind: "file"; name: string; description: string; mediaType: string; base64: string }
  | { kind: "shares"; name: string; description: string; shares: { key: string; share: number }[] }
  | { kind: "table"; name: string; description: string; columns: string[]; rows: string[][] }
  | { kind: "value"; name: string; description: string; text: string; isVerdict?: boolean }
  | { kind: "json"; name: string; description: string; text: string };

/** Rows of a table that are shown. */
const ROWS = 50;

/**
 * The parts of an answer, in the order of the contract; fields that are absent are left out.
 *
 * @param schema of the whole answer
 * @param value the whole answer
 */
export function partsOf(document: OpenApi, schema: Schema, value: Json): Part[] {
  const { properties } = resolve(document, schema);
  if (properties === undefined || !isRecord(value))
    return [partOf(document, "result", schema, value)];
  const parts = Object.entries(properties).flatMap(([name, property]) => {
    const member = value[name];
    return member === undefined ? [] : [partOf(document, name, property, member)];
  });
  return markVerdict(parts);
}

/** Marks the value that says in one word what the shares beside it say in numbers. */
function markVerdict(parts: Part[]): Part[] {
  const winners = parts.flatMap((part) =>
    part.kind === "shares" ? [leading(part.shares).key] : [],
  );
  return parts.map((part) =>
    part.kind === "value" && winners.includes(part.text) ? { ...part, isVerdict: true } : part,
  );
}

function partOf(document: OpenApi, name: string, property: Schema, value: Json): Part {
  const schema = resolve(document, property);
  const common = { name: name.replaceAll("_", " "), description: schema.description ?? "" };
  if (schema.contentEncoding === "base64" && typeof value === "string") {
    const mediaType = schema.contentMediaType ?? "application/octet-stream";
    const kind = mediaType.startsWith("image/") ? "image" : "file";
    return { ...common, kind, mediaType, base64: value };
  }
  const shares = sharesOf(document, schema, value);
  if (shares !== undefined) return { ...common, kind: "shares", shares };
  if (Array.isArray(value) && value.length > 0 && value.every(isRecord)) {
    return { ...common, kind: "table", ...tableOf(value) };
  }
  if (typeof value !== "object" || value === null) {
    return { ...common, kind: "value", text: textOf(schema, value) };
  }
  return { ...common, kind: "json", text: pretty(value) };
}

/**
 * Numbers that are shares of a whole: each within 0 and 1 by contract, one for each of at least two
 * things.
 *
 * @param schema of a list or map
 */
function sharesOf(
  document: OpenApi,
  schema: Schema,
  value: Json,
): { key: string; share: number }[] | undefined {
  const inner = schema.items ?? schema.additionalProperties;
  if (typeof inner !== "object" || typeof value !== "object" || value === null) return undefined;
  const item = resolve(document, inner);
  if (item.type !== "number" || item.minimum !== 0 || item.maximum !== 1) return undefined;
  const shares = Object.entries(value).map(([key, share]) => ({ key, share: Number(share) }));
  return shares.length < 2 ? undefined : shares;
}

function tableOf(records: { [key: string]: Json }[]): { columns: string[]; rows: string[][] } {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return {
    columns: names.map((name) => name.replaceAll("_", " ")),
    rows: records.slice(0, ROWS).map((record) => names.map((name) => cellOf(record[name]))),
  };
}

function cellOf(value: Json | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "number") return number(value);
  if (typeof value !== "object" || value === null) return String(value);
  const parts = Array.isArray(value) ? value : [value];
  return parts
    .map((part) => (isRecord(part) ? Object.values(part).map(cellOf).join(" ") : cellOf(part)))
    .join(", ");
}

function textOf(schema: Schema, value: string | number | boolean | null): string {
  if (typeof value === "number") return number(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string" && schema.format === "date-time") {
    const time = new Date(value);
    return Number.isNaN(time.getTime()) ? value : time.toLocaleString();
  }
  return String(value);
}

/** At most six digits behind the point. */
function number(value: number) {
  return String(Number(value.toFixed(6)));
}

/**
 * A share in per cent.
 *
 * @param share from 0 to 1
 * @returns such as `98.2 %`, with a space that does not break
 */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}\u00a0%`;
}

/**
 * The most probable of the shares.
 *
 * @param shares at least one
 */
export function leading(shares: { key: string; share: number }[]) {
  return shares.reduce((best, entry) => (entry.share > best.share ? entry : best));
}

/** An answer in a few words, for a line that is read aloud. */
export function summary(parts: Part[]): string {
  return parts
    .flatMap((part) => {
      if (part.kind === "value") return [`${part.name} ${part.text}`];
      if (part.kind !== "shares") return [];
      const best = leading(part.shares);
      return [`${part.name} highest for ${best.key} (${percent(best.share)})`];
    })
    .slice(0, 2)
    .join("; ");
}

/** Text that is longer than this is cut. */
const LONG = 2000;

/** JSON to read: what is short stands on one line, and long text is cut. */
export function pretty(value: Json): string {
  const replacer = (_name: string, member: Json) =>
    typeof member === "string" && member.length > LONG
      ? `${member.slice(0, LONG)} \u2026 ${member.length} characters`
      : member;
  return stringify(value, { maxLength: 100, replacer });
}

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
    return element(
      "li",
      { class: entry === best ? "best" : undefined, "data-key": entry.key },
      element("span", { class: "key" }, entry.key),
      element("progress", { value: entry.share, max: 1, "aria-hidden": "true" }),
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
    element("p", { class: "soft" }, facts.join(" \u00b7 ")),
  );
}
