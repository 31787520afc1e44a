/** A field for a handwritten digit: drawn, taken from samples, or typed into the grid. */

import { element } from "../dom.ts";
import { type Control, groupControl } from "../form/frame.ts";
import type { Field } from "../form/model.ts";
import { digitOf, samples } from "./bitmap.ts";
import { createGrid } from "./grid.ts";
import { createPad } from "./pad.ts";

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
