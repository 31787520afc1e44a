/** An operation on the front page: its form and its answer. */

import { CallError, call, callLater, followJob } from "./client.ts";
import { element, prose, uniqueId } from "./dom.ts";
import { createForm } from "./form/form.ts";
import { fieldOf } from "./form/model.ts";
import type { Json, OpenApi, Operation } from "./openapi.ts";
import { partsOf, renderAnswer, renderProblem, summary } from "./result.ts";

/** @param options `way`: how the page can listen */
export function renderOperation(
  document: OpenApi,
  operation: Operation,
  { way, open }: { way: string | undefined; open: boolean },
): HTMLElement {
  const later = element("input", { type: "checkbox", id: uniqueId("later"), name: "later" });
  const submit = element("button", { type: "submit" }, "Run");
  const status = element("p", { class: "soft", role: "status" });
  const outcome = element("div", { class: "outcome" });
  const form = createForm(
    fieldOf(document, "input", operation.input),
    operation.id,
    element(
      "div",
      { class: "actions" },
      submit,
      element(
        "span",
        { class: "tick" },
        later,
        element("label", { for: later.id }, "Answer later"),
      ),
      status,
    ),
  );

  const run = async (value: Json) => {
    if (!later.checked) return call(operation, value);
    const location = await callLater(operation, value);
    const job = await followJob(location, way, (now) => {
      status.textContent = `Job ${now.status}`;
    });
    if (job.problem !== undefined) throw new CallError(job.problem);
    return job.result ?? null;
  };
  form.element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.getAttribute("aria-disabled") === "true") return;
    if (!form.check()) {
      status.textContent = "Please look at the marked fields.";
      return;
    }
    submit.setAttribute("aria-disabled", "true");
    status.textContent = "Running";
    const started = performance.now();
    try {
      const answer = await run(form.read());
      const took = `${Math.max(1, Math.round(performance.now() - started))} ms`;
      const parts = partsOf(document, operation.output, answer);
      status.textContent = [`Answered in ${took}`, summary(parts)].filter(Boolean).join(": ");
      outcome.replaceChildren(renderAnswer(parts, answer));
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      const homeless = form.complain(error.problem.errors ?? []);
      status.textContent = `No answer: ${error.problem.title}`;
      outcome.replaceChildren(renderProblem(error.problem, homeless));
    } finally {
      submit.removeAttribute("aria-disabled");
    }
  });

  return element(
    "details",
    { class: "operation", id: operation.id, "data-operation": operation.id, open },
    element(
      "summary",
      {},
      element("h4", {}, operation.name.replaceAll("_", " ")),
      element("span", { class: "about" }, ...prose(operation.description)),
    ),
    element("div", { class: "work" }, form.element, outcome),
  );
}
