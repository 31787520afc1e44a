/**
 * From what stands in a form's field to JSON, and back: pure, so that it is tested without a
 * browser.
 */
import type { Json, Schema } from "../openapi.ts";

/** A value, or in words why there is none. */
type Parsed = { value: Json; error?: undefined } | { value?: undefined; error: string };

/**
 * Numbers separated by commas, spaces or lines, in brackets or not.
 *
 * @param schema of the list
 * @param item of each number
 */
export function parseNumbers(text: string, schema: Schema, item: Schema): Parsed {
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

function fits(number: number, schema: Schema) {
  return (
    Number.isFinite(number) &&
    (schema.type !== "integer" || Number.isSafeInteger(number)) &&
    number >= (schema.minimum ?? Number.NEGATIVE_INFINITY) &&
    number <= (schema.maximum ?? Number.POSITIVE_INFINITY)
  );
}

export function parseJson(text: string): Parsed {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : error}` };
  }
}

/**
 * What a `datetime-local` field holds, as RFC 3339 in UTC.
 *
 * @param local such as `2026-11-22T14:30:05`, in the time zone of the browser
 * @returns `undefined` when it is not a time
 */
export function timestampOf(local: string): string | undefined {
  const time = new Date(local);
  return local === "" || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/**
 * What a `datetime-local` field must hold to show a time.
 *
 * @param timestamp RFC 3339
 * @returns `""` when it is not a time
 */
export function localOf(timestamp: string): string {
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) return "";
  const shifted = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}
