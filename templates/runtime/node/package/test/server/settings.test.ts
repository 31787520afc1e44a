import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Environment, EnvironmentError, readConfig } from "../../src/server/settings.ts";

test("without variables the gateway listens on the loopback only", () => {
  const environment = new Environment({});
  const config = readConfig(environment);
  environment.check();
  assert.deepEqual(
    [config.host, config.port, config.environment],
    ["127.0.0.1", 3000, "development"],
  );
  assert.deepEqual([config.trustProxy, config.allowedOrigins], [[], []]);
});

test("a variable that is set to nothing counts as not set", () => {
  const environment = new Environment({ PORT: "", ALLOWED_ORIGINS: "" });
  assert.equal(readConfig(environment).port, 3000);
  environment.check();
});

test("every error is reported at once, by the name of its variable", () => {
  const environment = new Environment({
    APP_ENV: "staging",
    PORT: "3000.5",
    TRUST_PROXY: "10.0.0.0/8, 10.0.0.1",
    ALLOWED_ORIGINS: "https://a.example/",
    CALL_TIMEOUT_MS: "10s",
  });
  readConfig(environment);
  assert.throws(
    () => environment.check(),
    (error) => {
      assert.ok(error instanceof EnvironmentError);
      const names = error.message
        .split("\n  ")
        .slice(1)
        .map((line) => line.split(":")[0]);
      const wrong = ["APP_ENV", "PORT", "TRUST_PROXY", "ALLOWED_ORIGINS", "CALL_TIMEOUT_MS"];
      assert.deepEqual(names.sort(), wrong.sort());
      assert.match(error.message, /"10.0.0.1" is not a CIDR/);
      return true;
    },
  );
});

test("lists are read", () => {
  const environment = new Environment({
    TRUST_PROXY: "10.0.0.0/8, fd00::/8",
    ALLOWED_ORIGINS: "https://a.example,http://localhost:5173",
  });
  const config = readConfig(environment);
  environment.check();
  assert.deepEqual(config.trustProxy, ["10.0.0.0/8", "fd00::/8"]);
  assert.deepEqual(config.allowedOrigins, ["https://a.example", "http://localhost:5173"]);
});

test("several service tokens are accepted, the first is shown", () => {
  assert.deepEqual(new Environment({ SERVICE_TOKEN: "new,old" }).serviceTokens(), ["new", "old"]);
});

test("what does not fit of TLS is named", () => {
  const { filename } = import.meta;
  const given = { TLS_CA_FILE: filename, TLS_CERT_FILE: filename, TLS_KEY_FILE: filename };
  const environment = new Environment(given);
  const { ca, cert, key } = environment.tls();
  environment.check();
  assert.ok(ca?.equals(readFileSync(filename)) && cert?.equals(ca) && key?.equals(ca));
  assert.deepEqual(new Environment({}).tls(), {});
  for (const [name, wrong] of [
    ["TLS_CERT_FILE", { TLS_KEY_FILE: "" }],
    ["TLS_CA_FILE", { TLS_CA_FILE: "/nowhere" }],
  ] as const) {
    const refused = new Environment({ ...given, ...wrong });
    refused.tls();
    assert.throws(() => refused.check(), new RegExp(`${name}: `));
  }
});

test("a development secret is refused in production", () => {
  assert.equal(new Environment({}).secret("TOKEN", "easy"), "easy");
  for (const TOKEN of ["", "easy"]) {
    const environment = new Environment({ APP_ENV: "production", TOKEN });
    environment.secret("TOKEN", "easy");
    assert.throws(() => environment.check(), /TOKEN: needs a secret of your own/);
  }
});
