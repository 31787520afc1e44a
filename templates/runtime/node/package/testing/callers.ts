import type { OpenAuthentication } from "../src/auth/interface.ts";

/** A way of authentication for tests: it believes the headers `x-test-subject`, `x-test-scopes`
 * (separated by spaces) and `x-test-claims` (JSON). Without a subject a client is anonymous. */
export const authenticate: OpenAuthentication =
  () =>
  async ({ headers }) => {
    const text = (name: string) => headers[name]?.toString() ?? "";
    const subject = headers["x-test-subject"]?.toString();
    if (subject === undefined) return undefined;
    return {
      subject,
      scopes: text("x-test-scopes").split(" ").filter(Boolean),
      claims: JSON.parse(text("x-test-claims") || "{}"),
    };
  };

/** Headers by which `authenticate` knows who is asking. */
export function asking(subject: string, claims: object = {}): Record<string, string> {
  // A header is ASCII.
  const json = JSON.stringify(claims).replaceAll(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return { "x-test-subject": subject, "x-test-scopes": "words:read", "x-test-claims": json };
}
