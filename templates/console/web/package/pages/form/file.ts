/** A field for bytes: a file of the person's, sent as base64. */

import { element } from "../dom.ts";
import { type Control, inputControl } from "./frame.ts";
import type { Field } from "./model.ts";

export function fileControl(field: Field): Control {
  const sample = typeof field.initial === "string" ? field.initial : undefined;
  let content: string | undefined = sample;
  let reading = false;
  const input = element("input", {
    type: "file",
    accept: field.schema.contentMediaType,
    required: field.required && sample === undefined,
  });
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    reading = file !== undefined;
    content = sample;
    if (file === undefined) return;
    const read = await base64Of(file);
    // Another file may have been chosen meanwhile.
    if (input.files?.[0] !== file) return;
    content = read;
    reading = false;
  });
  const hint = sample === undefined ? "" : "a small example is sent until a file is chosen";
  return inputControl(
    { ...field, hint },
    input,
    () => content,
    () => (reading ? "The file is still being read; try again in a moment" : ""),
  );
}

/** @returns its bytes in base64 (RFC 4648) */
function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("error", () => reject(reader.error));
    // A data URL: the base64 stands behind the first comma.
    reader.addEventListener("load", () => resolve(String(reader.result).replace(/^[^,]*,?/u, "")));
    reader.readAsDataURL(file);
  });
}
