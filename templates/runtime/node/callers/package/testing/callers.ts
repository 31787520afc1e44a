import type { OpenAuthentication } from "../src/auth/interface.ts";

/** A way of authentication for tests: it believes the headers `x-test-subject`, `x-test-scopes`
 * (separated by spaces), `x-test-claims` (JSON) and `x-test-expires` (milliseconds since the epoch).
 * Without a subject a client is anonymous. */
export const openAuthentication: OpenAuthentication = () => ({
  async authenticate({ headers }) {
    const text = (name: string) => headers[name]?.toString() ?? "";
    const subject = headers["x-test-subject"]?.toString();
    if (subject === undefined) return undefined;
    return {
      subject,
      scopes: text("x-test-scopes").split(" ").filter(Boolean),
      claims: JSON.parse(text("x-test-claims") || "{}"),
      ...(text("x-test-expires") && { expires: Number(text("x-test-expires")) }),
    };
  },
  challenge: (scopes) => `Test scope="${scopes.join(" ")}"`,
});

/** Headers by which `openAuthentication` knows who is asking. */
export function asking(subject: string, claims: object = {}): Record<string, string> {
  // A header is ASCII.
  const json = JSON.stringify(claims).replaceAll(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return { "x-test-subject": subject, "x-test-scopes": "words:read", "x-test-claims": json };
}
