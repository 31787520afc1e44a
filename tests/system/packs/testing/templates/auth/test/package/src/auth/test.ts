import type { OpenAuthentication } from "./interface.ts";

/** Believes the header `x-test-subject`; without it a client is anonymous. */
export const openAuthentication: OpenAuthentication = () => ({
  async authenticate({ headers }) {
    const subject = headers["x-test-subject"]?.toString();
    if (subject === undefined) return undefined;
    return { subject, scopes: ["work:do"], claims: { tenant: "tests", level: 7 } };
  },
});
