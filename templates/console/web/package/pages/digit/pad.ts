/** A canvas to draw on with a mouse, a finger or a pen. */

import { element } from "../dom.ts";
import { GRID, INK, type Stroke } from "./bitmap.ts";

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
