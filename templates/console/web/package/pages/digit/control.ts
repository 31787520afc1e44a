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

  pad.element.setAttribute(
    "aria-label",
    "Draw a digit here; the grid beside it takes the keyboard",
  );
  pad.element.setAttribute("role", "img");
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
  return groupControl(field, body, {
    read: grid.read,
    check: () => true,
    focus: grid.focus,
    child: () => undefined,
  });
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
export function createGrid(
  label: string,
  onEdit: () => void,
): {
  element: HTMLElement;
  read: () => number[];
  write: (values: number[]) => void;
  focus: () => void;
} {
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

  values.forEach((value, index) => {
    set(index, value);
  });
  const first = cells[0];
  if (first !== undefined) first.tabIndex = 0;
  return {
    element: grid,
    read: () => [...values],
    write: (next) => {
      next.forEach((value, index) => {
        set(index, value);
      });
    },
    focus: () => cells.find((cell) => cell.tabIndex === 0)?.focus(),
  };
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

/** Side of the canvas in its own units. */
const SIDE = 280;
const PEN = 22;

/**
 * @param onDrawn called with all strokes whenever one is finished
 * @returns `show` forgets what was drawn and shows 8 x 8 numbers instead
 */
export function createPad(onDrawn: (strokes: Stroke[]) => void): {
  element: HTMLCanvasElement;
  show: (values: number[]) => void;
} {
  const canvas = element("canvas", { class: "pad", width: SIDE, height: SIDE });
  const context = canvas.getContext("2d");
  let values: number[] = [];
  let strokes: Stroke[] = [];
  let pen: number | undefined;

  const repaint = () => {
    if (context === null) return;
    context.clearRect(0, 0, SIDE, SIDE);
    if (strokes.length === 0) paintValues(context, values);
    for (const stroke of strokes) paintStroke(context, stroke);
  };
  const follow = (event: PointerEvent) => {
    const box = canvas.getBoundingClientRect();
    strokes.at(-1)?.push({
      x: ((event.clientX - box.left) / box.width) * SIDE,
      y: ((event.clientY - box.top) / box.height) * SIDE,
    });
    repaint();
  };
  const lift = (event: PointerEvent) => {
    if (event.pointerId !== pen) return;
    pen = undefined;
    onDrawn(strokes);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (pen !== undefined || event.button !== 0) return;
    pen = event.pointerId;
    canvas.setPointerCapture(pen);
    strokes.push([]);
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId === pen) follow(event);
  });
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  // The ink has the colour of the page's text, which a canvas outside the document does not know: it
  // is painted when it is first laid out.
  new ResizeObserver(repaint).observe(canvas);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

  return {
    element: canvas,
    show: (next) => {
      values = next;
      strokes = [];
      repaint();
    },
  };
}

function paintStroke(context: CanvasRenderingContext2D, stroke: Stroke) {
  const [first] = stroke;
  if (first === undefined) return;
  context.strokeStyle = getComputedStyle(context.canvas).color;
  context.lineWidth = PEN;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  context.moveTo(first.x, first.y);
  for (const point of stroke) context.lineTo(point.x, point.y);
  context.stroke();
}

function paintValues(context: CanvasRenderingContext2D, values: number[]) {
  const side = SIDE / GRID;
  context.fillStyle = getComputedStyle(context.canvas).color;
  values.forEach((value, index) => {
    context.globalAlpha = value / INK;
    context.fillRect((index % GRID) * side, Math.floor(index / GRID) * side, side, side);
  });
  context.globalAlpha = 1;
}
