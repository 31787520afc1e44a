/** Whether a `Prefer` header (RFC 7240) asks for `respond-async`, alone or among others. */
export function prefersAsync(header: string | string[] | undefined): boolean {
  if (header === undefined) return false;
  return String(header)
    .split(",")
    .some((preference) => preference.split(";", 1)[0]?.trim().toLowerCase() === "respond-async");
}
