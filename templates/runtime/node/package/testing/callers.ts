import type { OpenAuthentication } from "../src/auth/interface.ts";
import type { Wiring } from "../src/server/gateway.ts";

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

/** For tests of something else: everybody is one client, who may ask for all that is linked. */
export function everybody({ links }: Pick<Wiring, "links">): OpenAuthentication {
  const needed = links.flatMap(({ service: { operations, scopes = {} } }) => [
    ...Object.values(operations).map((operation) => operation.scopes ?? []),
    ...Object.values(scopes),
  ]);
  const caller = { subject: "tester", scopes: needed.flat(), claims: {} };
  return () => ({ authenticate: async () => caller });
}

/** Headers by which `openAuthentication` knows who is asking. */
export function asking(subject: string, claims: object = {}): Record<string, string> {
  // A header is ASCII.
  const json = JSON.stringify(claims).replaceAll(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return { "x-test-subject": subject, "x-test-scopes": "words:read", "x-test-claims": json };
}
