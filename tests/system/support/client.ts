/** What a client of a gateway sends, and what it may expect. */
import assert from "node:assert/strict";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Problem details (RFC 9457) with the member `code`. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly trace_id?: string;
}

/** An answer as a message shows it. */
export interface Said {
  readonly status: number;
  readonly text: string;
}

/** What is answered, in whole. */
export async function said(answer: Promise<Response>): Promise<Said> {
  const response = await answer;
  return { status: response.status, text: await response.text() };
}

/** What is answered, or why nothing is: then the status is 0. */
export const tried = (answer: Promise<Response>): Promise<Said> =>
  said(answer).catch((error: Error) => ({ status: 0, text: `${error}: ${error.cause}` }));

/** Whether it is a 200. */
export const isOk = ({ status }: Said) => status === 200;

/** Whether `/readyz` says that a part, and all that is behind a gateway, is ready. */
export const isReady = (seen: Said) => isOk(seen) && !seen.text.includes('"degraded"');

/** Posts `body` as JSON. */
export function post(url: string, body: Json, init: RequestInit = {}): Promise<Response> {
  return fetch(url, {
    ...init,
    method: "POST",
    headers: { "content-type": "application/json", ...init.headers },
    body: JSON.stringify(body),
  });
}

/** The problem in `response`; fails when it is another one, or none. */
export async function problemOf(
  response: Response,
  status: number,
  code: string,
): Promise<Problem> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/, text);
  const problem = JSON.parse(text) as Problem;
  assert.equal(problem.code, code, text);
  assert.equal(problem.status, status, text);
  return problem;
}

/** The JSON of a response that must be a 200. */
export async function answerOf<T = Json>(response: Response): Promise<T> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as T;
}
