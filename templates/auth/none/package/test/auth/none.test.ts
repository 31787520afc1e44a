import { openAuthentication } from "../../src/auth/none.ts";
import { testAuthentication } from "../../testing/authentication.ts";

testAuthentication({
  open: openAuthentication,
  variables: async () => ({}),
  known: async () => [{ headers: {}, subject: undefined }],
  refused: [],
});
