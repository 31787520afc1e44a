/**
 * What the pages ask of the gateway.
 *
 * @import { Json, Operation } from "./openapi/document.js"
 * @import { FieldError } from "./form/form.js"
 */

/**
 * Problem details (RFC 9457) as this gateway sends them.
 *
 * @typedef {object} Problem
 * @property {string} title
 * @property {number} status
 * @property {string} detail
 * @property {string} code
 * @property {FieldError[]} [errors]
 * @property {string} [trace_id]
 */

/**
 * Work that goes on after its request was answered.
 *
 * @typedef {object} Job
 * @property {string} id
 * @property {"queued" | "running" | "succeeded" | "failed"} status
 * @property {Json} [result]
 * @property {Problem} [problem]
 */

/** The gateway said no, or could not be reached. */
export class CallError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/**
 * Calls an operation and waits for its output.
 *
 * @param {Operation} operation
 * @param {Json} input
 * @returns {Promise<Json>}
 * @throws {CallError}
 */
export async function call(operation, input) {
  const response = await send(operation.path, input, {});
  return response.json();
}

/**
 * Has an operation done later (RFC 7240, `respond-async`).
 *
 * @param {Operation} operation
 * @param {Json} input
 * @returns {Promise<string>} the address of the job
 * @throws {CallError}
 */
export async function callLater(operation, input) {
  const response = await send(operation.path, input, { prefer: "respond-async" });
  return response.headers.get("location") ?? "";
}

/**
 * @param {string} location of the job
 * @returns {Promise<Job>}
 * @throws {CallError}
 */
export async function readJob(location) {
  const response = await request(location, { headers: { accept: "application/json" } });
  return response.json();
}

/**
 * @param {string} path
 * @param {Json} input
 * @param {Record<string, string>} headers
 */
function send(path, input, headers) {
  return request(path, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(input),
  });
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<Response>}
 * @throws {CallError}
 */
async function request(path, init) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new CallError({
      title: "No answer",
      status: 0,
      code: "unreachable",
      detail: "The gateway could not be reached.",
    });
  }
  if (!response.ok) throw new CallError(await problemOf(response));
  return response;
}

/**
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
async function problemOf(response) {
  const { status, statusText } = response;
  const fallback = { title: statusText || "Error", status, code: `http_${status}`, detail: "" };
  try {
    return { ...fallback, ...(await response.json()) };
  } catch {
    return fallback;
  }
}
