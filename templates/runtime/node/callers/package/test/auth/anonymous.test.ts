// A gateway without a way of authentication.
import { testAuthentication } from "../../testing/authentication.ts";

testAuthentication({
  open: undefined,
  variables: async () => ({}),
  known: async () => [{ headers: {}, subject: undefined }],
  refused: [],
});
