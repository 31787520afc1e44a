/**
 * A field for a handwritten digit: drawn, taken from samples, or typed into the grid.
 *
 * @import { Control } from "../form/frame.js"
 * @import { Field } from "../form/model.js"
 */
import { element } from "../dom.js";
import { groupControl } from "../form/frame.js";
import { digitOf } from "./bitmap.js";
import { createGrid } from "./grid.js";
import { createPad } from "./pad.js";
import { samples } from "./samples.js";

/**
 * @param {Field} field an array of 64 numbers from 0 to 16
 * @returns {Control}
 */
export function digitControl(field) {
  const grid = createGrid("The digit as the model sees it, 8 by 8", () => pad.show(grid.read()));
  const pad = createPad((strokes) => {
    grid.write(digitOf(strokes));
    announceChange();
  });
  const announceChange = () => {
    grid.element.dispatchEvent(new Event("input", { bubbles: true }));
  };
  /** @param {number[]} values */
  const replace = (values) => {
    pad.show(values);
    grid.write(values);
    announceChange();
  };

  pad.element.setAttribute(
    "aria-label",
    "Draw a digit here; the grid beside it takes the keyboard",
  );
  pad.element.setAttribute("role", "img");
  const clear = element(
    "button",
    { type: "button", class: "quiet", "data-action": "clear" },
    "Clear",
  );
  clear.addEventListener("click", () => replace(new Array(64).fill(0)));
  const choices = samples.map((sample, digit) => {
    const choice = element(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-label": `Sample of a ${digit}`,
        "data-sample": digit,
      },
      String(digit),
    );
    choice.addEventListener("click", () => replace(sample));
    return choice;
  });

  const body = element(
    "div",
    { class: "digit" },
    element(
      "figure",
      {},
      pad.element,
      element("figcaption", {}, "Draw a digit with mouse, finger or pen.", clear),
    ),
    element(
      "figure",
      {},
      grid.element,
      element(
        "figcaption",
        {},
        "What the model sees. Arrow keys move, Space sets, + and \u2212 shade.",
      ),
    ),
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
