/**
 * Shows why there is no answer.
 *
 * @import { Problem } from "../client.js"
 */
import { element } from "../dom.js";

/**
 * @param {Problem} problem
 * @param {string[]} errors what is wrong with the input that no field shows
 * @returns {HTMLElement}
 */
export function renderProblem(problem, errors) {
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
