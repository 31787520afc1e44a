/**
 * The 8 x 8 numbers of a digit, shown as shades and changed from the keyboard or with a click: what
 * the model gets to see, and the way to draw without a pointer.
 */
import { element } from "../dom.js";
import { GRID, INK } from "./bitmap.js";

/** How much one press of `+` or `-` adds or takes. */
const STEP = 4;

/** Where the arrow keys lead: columns, rows. @type {Record<string, [number, number]>} */
const MOVES = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * @param {string} label what the grid is, for assistive technology
 * @param {() => void} onEdit called when the person changed a number
 * @returns {{ element: HTMLElement, read: () => number[], write: (values: number[]) => void,
 *   focus: () => void }}
 */
export function createGrid(label, onEdit) {
  const values = new Array(GRID * GRID).fill(0);
  const cells = values.map(() => element("div", { role: "gridcell", tabindex: -1 }));
  const rows = Array.from({ length: GRID }, (_, row) =>
    element("div", { role: "row" }, ...cells.slice(row * GRID, (row + 1) * GRID)),
  );
  const grid = element("div", { role: "grid", class: "grid", "aria-label": label }, ...rows);

  /** @param {number} index @param {number} value */
  const set = (index, value) => {
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
  /** @param {number} index @param {number} value */
  const edit = (index, value) => {
    set(index, value);
    onEdit();
  };
  /** Only one cell is a stop of the Tab key; the arrows go on from there. @param {number} index */
  const focus = (index) => {
    for (const cell of cells) cell.tabIndex = -1;
    const cell = cells[index];
    if (cell === undefined) return;
    cell.tabIndex = 0;
    cell.focus();
  };

  /** @param {Event} event */
  const indexOf = ({ target }) => (target instanceof HTMLDivElement ? cells.indexOf(target) : -1);

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

/**
 * Which colour of text can be read on a cell; see the style sheet.
 *
 * @param {number} ink
 */
function shadeOf(ink) {
  if (ink < 7) return "light";
  return ink < 10 ? "middle" : "full";
}

/** @param {number} value */
function toggled(value) {
  return value > 0 ? 0 : INK;
}

/**
 * @param {number} index
 * @param {[number, number]} move columns and rows
 * @returns {number} the cell there, or the same one at the edge
 */
function moved(index, [columns, rows]) {
  const column = (index % GRID) + columns;
  const row = Math.floor(index / GRID) + rows;
  const inside = column >= 0 && column < GRID && row >= 0 && row < GRID;
  return inside ? row * GRID + column : index;
}
