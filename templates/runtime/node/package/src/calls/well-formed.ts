import type { FieldError } from "./problem.ts";

/**
 * The first text in a JSON value that holds half a surrogate pair. JSON can write one down
 * (`"\ud83d"`), but it is no Unicode text: UTF-8 has no bytes for it (RFC 8259, 8.2), so that no
 * service could take it.
 *
 * A loop, not a recursion: a value may be nested deeper than a stack holds.
 */
export function illFormedText(value: unknown): FieldError | undefined {
  const open: { readonly value: unknown; readonly pointer: string }[] = [{ value, pointer: "" }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: found, pointer } = next;
    if (typeof found === "string") {
      if (!found.isWellFormed()) return { pointer, detail: "must be Unicode text" };
    } else if (typeof found === "object" && found !== null) {
      for (const [name, inner] of Object.entries(found)) {
        if (!name.isWellFormed()) return { pointer, detail: "has a name that is not Unicode text" };
        if (typeof inner !== "string" && typeof inner !== "object") continue;
        const step = name.replaceAll("~", "~0").replaceAll("/", "~1");
        open.push({ value: inner, pointer: `${pointer}/${step}` });
      }
    }
  }
  return undefined;
}
