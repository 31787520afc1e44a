/**
 * The 8 x 8 numbers of a digit, shown as shades and changed from the keyboard or with a click: what
 * the model gets to see, and the way to draw without a pointer.
 */
import { element } from "../dom.ts";
import { GRID, INK } from "./bitmap.ts";

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
  const grid = element("div", { role: "grid", class: "grid", "aria-label": label }, ...rows);

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
