// Tokens of `make token`: for development, and nowhere else.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { open, showing } from "./authentication.ts";

const script = fileURLToPath(new URL("../../../testing/token.ts", import.meta.url));

/** What the script prints, with these settings. */
async function make(env: Record<string, string> = {}, ...words: string[]): Promise<string> {
  const variables = { PATH: process.env.PATH, AUTH_AUDIENCE: "urn:demo", ...env };
  const options = { env: variables, cwd: import.meta.dirname };
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...words], options);
  return stdout.trim();
}

suite("a token of development", () => {
  test("says what it is told to", async () => {
    const token = await make({}, "--subject=ada", "--scopes=a b", "--minutes=5");
    const caller = await open({}).authenticate(showing(token));
    assert.deepEqual([caller?.subject, caller?.scopes], ["ada", ["a", "b"]]);
    const left = (caller?.expires ?? 0) - Date.now();
    assert.ok(left > 280_000 && left <= 300_000, `${left} ms are left`);
  });

  const production = {
    APP_ENV: "production",
    AUTH_ISSUER: "https://login.example",
    AUTH_TICKET_KEY: "a key of the system",
  };
  const wrong: readonly { where: string; variables: Record<string, string>; why: string }[] = [
    { where: "in production", variables: production, why: "The token is signed in another way" },
    {
      where: "with another key",
      variables: { AUTH_DEVELOPMENT_KEY: "another" },
      why: "The signature is wrong",
    },
    {
      where: "for another audience",
      variables: { AUTH_AUDIENCE: "urn:other" },
      why: "The token is for another audience",
    },
  ];
  for (const { where, variables, why } of wrong) {
    test(`is refused ${where}`, async () => {
      const asked = open(variables).authenticate(showing(await make()));
      await assert.rejects(asked, { status: 401, message: why });
    });
  }

  test("is not made for production", async () => {
    await assert.rejects(make({ APP_ENV: "production" }), {
      stderr: /APP_ENV: such a token is not for production/,
    });
  });
});
