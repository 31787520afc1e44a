/**
 * From what stands in a form's field to JSON, and back: pure, so that it is tested without a
 * browser.
 *
 * @import { Json, Schema } from "../openapi/document.js"
 */

/**
 * A value, or in words why there is none.
 *
 * @typedef {{ value: Json, error?: undefined } | { value?: undefined, error: string }} Parsed
 */

/**
 * Numbers separated by commas, spaces or lines, in brackets or not.
 *
 * @param {string} text
 * @param {Schema} schema of the list
 * @param {Schema} item of each number
 * @returns {Parsed}
 */
export function parseNumbers(text, schema, item) {
  const words = text.split(/[\s,;[\]]+/u).filter(Boolean);
  const least = schema.minItems ?? 0;
  const most = schema.maxItems ?? Number.POSITIVE_INFINITY;
  if (words.length < least || words.length > most) {
    const wanted =
      least === most ? `${least}` : words.length < least ? `at least ${least}` : `at most ${most}`;
    return { error: `${wanted} numbers are needed; there are ${words.length}` };
  }
  const numbers = words.map(Number);
  const wrong = numbers.findIndex((number) => !fits(number, item));
  if (wrong >= 0) return { error: `Number ${wrong + 1}, \`${words[wrong]}\`, is not allowed here` };
  return { value: numbers };
}

/**
 * @param {number} number
 * @param {Schema} schema
 */
function fits(number, schema) {
  return (
    Number.isFinite(number) &&
    (schema.type !== "integer" || Number.isSafeInteger(number)) &&
    number >= (schema.minimum ?? Number.NEGATIVE_INFINITY) &&
    number <= (schema.maximum ?? Number.POSITIVE_INFINITY)
  );
}

/**
 * @param {string} text
 * @returns {Parsed}
 */
export function parseJson(text) {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : error}` };
  }
}

/**
 * What a `datetime-local` field holds, as RFC 3339 in UTC.
 *
 * @param {string} local such as `2026-11-22T14:30:05`, in the time zone of the browser
 * @returns {string | undefined} `undefined` when it is not a time
 */
export function timestampOf(local) {
  const time = new Date(local);
  return local === "" || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/**
 * What a `datetime-local` field must hold to show a time.
 *
 * @param {string} timestamp RFC 3339
 * @returns {string} `""` when it is not a time
 */
export function localOf(timestamp) {
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) return "";
  const shifted = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}
