/**
 * A canvas to draw on with a mouse, a finger or a pen.
 *
 * @import { Stroke } from "./bitmap.js"
 */
import { element } from "../dom.js";

/** Side of the canvas in its own units. */
const SIDE = 280;
const PEN = 22;

/**
 * @param {(strokes: Stroke[]) => void} onDrawn called with all strokes whenever one is finished
 * @returns {{ element: HTMLCanvasElement, clear: () => void }}
 */
export function createPad(onDrawn) {
  const canvas = element("canvas", { class: "pad", width: SIDE, height: SIDE });
  const context = canvas.getContext("2d");
  /** @type {Stroke[]} */
  let strokes = [];
  /** @type {number | undefined} */
  let pen;

  /** @param {PointerEvent} event */
  const follow = (event) => {
    const box = canvas.getBoundingClientRect();
    strokes.at(-1)?.push({
      x: ((event.clientX - box.left) / box.width) * SIDE,
      y: ((event.clientY - box.top) / box.height) * SIDE,
    });
    if (context !== null) paint(context, strokes.at(-1) ?? []);
  };
  /** @param {PointerEvent} event */
  const lift = (event) => {
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

  return {
    element: canvas,
    clear: () => {
      strokes = [];
      context?.clearRect(0, 0, SIDE, SIDE);
    },
  };
}

/**
 * Paints the newest bit of a stroke, in the colour of the page's text.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 */
function paint(context, stroke) {
  const to = stroke.at(-1);
  const from = stroke.at(-2) ?? to;
  if (from === undefined || to === undefined) return;
  context.strokeStyle = getComputedStyle(context.canvas).color;
  context.lineWidth = PEN;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
}
