/** A field for a handwritten digit: drawn, taken from samples, or typed into the grid. */

import { button, element } from "../dom.ts";
import { type Control, groupControl } from "../form/inputs.ts";
import type { Field } from "../form/model.ts";
import { digitOf, GRID, INK, type Stroke, samples } from "./bitmap.ts";

/** @param field an array of 64 numbers from 0 to 16 */
export function digitControl(field: Field): Control {
  const grid = createGrid("The digit as the model sees it, 8 by 8", () => pad.show(grid.read()));
  const pad = createPad((strokes) => {
    grid.write(digitOf(strokes));
    announceChange();
  });
  const announceChange = () => {
    grid.element.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const replace = (values: number[]) => {
    pad.show(values);
    grid.write(values);
    announceChange();
  };

  const clear = button("Clear", { "data-action": "clear" });
  clear.addEventListener("click", () => replace(new Array(64).fill(0)));
  const choices = samples.map((sample, digit) => {
    const label = `Sample of a ${digit}`;
    const choice = button(String(digit), { "aria-label": label, "data-sample": digit });
    choice.addEventListener("click", () => replace(sample));
    return choice;
  });

  const drawing = element("figcaption", {}, "Draw a digit with mouse, finger or pen.", clear);
  const keys = "What the model sees. Arrow keys move, Space sets, + and \u2212 shade.";
  const body = element(
    "div",
    { class: "digit" },
    element("figure", {}, pad.element, drawing),
    element("figure", {}, grid.element, element("figcaption", {}, keys)),
    element(
      "div",
      { class: "samples", role: "group", "aria-label": "Samples" },
      "Or take",
      ...choices,
    ),
  );
  if (Array.isArray(field.initial)) replace(field.initial.map(Number));
  return groupControl(field, body, { read: grid.read });
}

/** How much one press of `+` or `-` adds or takes. */
const STEP = 4;

/** Where the arrow keys lead: columns, rows. */
const MOVES: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * @param label what the grid is, for assistive technology
 * @param onEdit called when the person changed a number
 */
function createGrid(
  label: string,
  onEdit: () => void,
): { element: HTMLElement; read: () => number[]; write: (values: number[]) => void } {
  const values = new Array(GRID * GRID).fill(0);
  const cells = values.map(() => element("div", { role: "gridcell", tabindex: -1 }));
  const rows = Array.from({ length: GRID }, (_, row) =>
    element("div", { role: "row" }, ...cells.slice(row * GRID, (row + 1) * GRID)),
  );
  const grid = element("div", { role: "grid", class: "shades", "aria-label": label }, ...rows);

  const set = (index: number, value: number) => {
    const ink = Math.min(INK, Math.max(0, value));
    const cell = cells[index];
    if (cell === undefined) return;
    values[index] = ink;
    const place = `row ${Math.floor(index / GRID) + 1}, column ${(index % GRID) + 1}`;
    cell.textContent = String(ink);
    cell.setAttribute("aria-label", `${place}: ${ink} of ${INK}`);
    cell.style.setProperty("--ink-share", String(ink / INK));
    cell.dataset.shade = shadeOf(ink);
  };
  const edit = (index: number, value: number) => {
    set(index, value);
    onEdit();
  };
  /** Only one cell is a stop of the Tab key; the arrows go on from there. */
  const focus = (index: number) => {
    for (const cell of cells) cell.tabIndex = -1;
    const cell = cells[index];
    if (cell === undefined) return;
    cell.tabIndex = 0;
    cell.focus();
  };

  const indexOf = ({ target }: Event) =>
    target instanceof HTMLDivElement ? cells.indexOf(target) : -1;

  grid.addEventListener("keydown", (event) => {
    const index = indexOf(event);
    if (index < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = MOVES[event.key];
    if (move !== undefined) focus(moved(index, move));
    else if (event.key === " ") edit(index, toggled(values[index]));
    else if (event.key === "+") edit(index, values[index] + STEP);
    else if (event.key === "-") edit(index, values[index] - STEP);
    else if (event.key === "Delete" || event.key === "Backspace") edit(index, 0);
    else return;
    event.preventDefault();
  });
  grid.addEventListener("click", (event) => {
    const index = indexOf(event);
    if (index < 0) return;
    focus(index);
    edit(index, toggled(values[index]));
  });

  const write = (next: number[]) => {
    for (const [index, value] of next.entries()) set(index, value);
  };
  write(values);
  cells[0]?.setAttribute("tabindex", "0");
  return { element: grid, read: () => [...values], write };
}

/** Which colour of text can be read on a cell; see the style sheet. */
function shadeOf(ink: number) {
  if (ink < 7) return "light";
  return ink < 10 ? "middle" : "full";
}

function toggled(value: number) {
  return value > 0 ? 0 : INK;
}

/**
 * @param move columns and rows
 * @returns the cell there, or the same one at the edge
 */
function moved(index: number, [columns, rows]: [number, number]): number {
  const column = (index % GRID) + columns;
  const row = Math.floor(index / GRID) + rows;
  const inside = column >= 0 && column < GRID && row >= 0 && row < GRID;
  return inside ? row * GRID + column : index;
}

/** Side of the pad in its own units. */
const SIDE = 280;

/**
 * @param onDrawn called with all strokes whenever one is finished
 * @returns `show` forgets what was drawn and shows 8 x 8 numbers instead
 */
function createPad(onDrawn: (strokes: Stroke[]) => void): {
  element: SVGSVGElement;
  show: (values: number[]) => void;
} {
  const pad = drawing("svg", {
    class: "pad",
    viewBox: `0 0 ${SIDE} ${SIDE}`,
    role: "img",
    "aria-label": "Draw a digit here; the grid beside it takes the keyboard",
  });
  let strokes: Stroke[] = [];
  let line: SVGElement;
  let pen: number | undefined;

  const follow = (event: PointerEvent) => {
    const box = pad.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * SIDE;
    const y = ((event.clientY - box.top) / box.height) * SIDE;
    const stroke = strokes.at(-1) ?? [];
    stroke.push({ x, y });
    // A line from a point to itself is a dot.
    const points = stroke.length === 1 ? [...stroke, ...stroke] : stroke;
    line.setAttribute("points", points.map((point) => `${point.x},${point.y}`).join(" "));
  };
  const lift = (event: PointerEvent) => {
    if (event.pointerId !== pen) return;
    pen = undefined;
    onDrawn(strokes);
  };
  pad.addEventListener("pointerdown", (event) => {
    if (pen !== undefined || event.button !== 0) return;
    pen = event.pointerId;
    pad.setPointerCapture(pen);
    if (strokes.length === 0) pad.replaceChildren();
    strokes.push([]);
    line = drawing("polyline", {});
    pad.append(line);
    follow(event);
  });
  pad.addEventListener("pointermove", (event) => {
    if (event.pointerId === pen) follow(event);
  });
  pad.addEventListener("pointerup", lift);
  pad.addEventListener("pointercancel", lift);

  const show = (values: number[]) => {
    const side = SIDE / GRID;
    const squares = values.map((value, index) => {
      const place = { x: (index % GRID) * side, y: Math.floor(index / GRID) * side };
      return drawing("rect", { ...place, width: side, height: side, opacity: value / INK });
    });
    strokes = [];
    pad.replaceChildren(...squares);
  };
  return { element: pad, show };
}

function drawing<Tag extends "svg" | "rect" | "polyline">(
  tag: Tag,
  attributes: Record<string, string | number>,
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
