// Which tokens are accepted: those of a real OpenID provider, and those that it would never make.
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { suite, test } from "node:test";
import { base64url, SignJWT, UnsecuredJWT } from "jose";
import { Problem } from "../../../src/calls/problem.ts";
import { open, showing } from "./authentication.ts";
import { AUDIENCE, RealProvider } from "./provider.ts";

const MINUTE_S = 60;

/** Expects that `token` is refused, and that the header says why. */
async function refuses(variables: Record<string, string>, token: string, why: string) {
  await assert.rejects(open(variables).authenticate(showing(token)), (error) => {
    assert.ok(error instanceof Problem, String(error));
    assert.deepEqual([error.status, error.message], [401, why]);
    assert.equal(error.challenge, `Bearer error="invalid_token", error_description="${why}"`);
    return true;
  });
}

suite("a token of the provider", () => {
  test("says who asks, what they may, and until when", async (t) => {
    const provider = await RealProvider.start(t);
    const { authenticate } = open({ AUTH_ISSUER: provider.issuer, AUTH_CLAIMS: "client_id,email" });
    const token = await provider.token({ scope: "orders:read orders:write" });

    const caller = await authenticate(showing(token));

    assert.equal(caller?.subject, "ann");
    assert.deepEqual(caller.scopes, ["orders:read", "orders:write"]);
    assert.deepEqual(caller.claims, { client_id: "ann" });
    const left = (caller.expires ?? 0) - Date.now();
    assert.ok(left > 0 && left <= 600_000, `${left} ms are left`);
  });

  test("for another audience is refused", async (t) => {
    const provider = await RealProvider.start(t);
    const token = await provider.token({ audience: "urn:other" });
    await refuses({ AUTH_ISSUER: provider.issuer }, token, "The token is for another audience");
  });

  test("of another provider is refused", async (t) => {
    const [provider, other] = [await RealProvider.start(t), await RealProvider.start(t)];
    const token = await other.token();
    await refuses({ AUTH_ISSUER: provider.issuer }, token, "The signature is wrong");
  });

  test("is asked for, where a client shows none or something else", async (t) => {
    const provider = await RealProvider.start(t);
    const { authenticate } = open({ AUTH_ISSUER: provider.issuer });
    for (const headers of [{}, { authorization: "Basic YTpi" }, { authorization: "Bearer" }]) {
      const asked = authenticate({ headers } as never);
      await assert.rejects(asked, { status: 401, challenge: 'Bearer realm="demo"' });
    }
  });
});

const now = () => Math.floor(Date.now() / 1000);

/** What the provider would never say, under its own signature. */
const forged: readonly {
  readonly what: string;
  readonly claims?: () => Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly why: string;
}[] = [
  {
    what: "from another issuer",
    claims: () => ({ iss: "https://login.example" }),
    why: "The token is from another issuer",
  },
  {
    what: "that has expired",
    claims: () => ({ exp: now() - MINUTE_S }),
    why: "The token has expired",
  },
  {
    what: "that is not valid yet",
    claims: () => ({ nbf: now() + MINUTE_S }),
    why: "The token is not valid yet",
  },
  {
    what: "without a key id",
    header: { kid: undefined },
    why: "The token names no key of its issuer",
  },
  { what: "of an unknown key", header: { kid: "x" }, why: "The token names no key of its issuer" },
  { what: "of another type", header: { typ: "dpop+jwt" }, why: "The token is of another type" },
  {
    what: "that never ends",
    claims: () => ({ exp: undefined }),
    why: "The token has no valid exp",
  },
  { what: "that names nobody", claims: () => ({ sub: "" }), why: "The token names nobody" },
  {
    what: "that names no subject",
    claims: () => ({ sub: undefined }),
    why: "The token has no valid sub",
  },
  {
    what: "that is bound to a key",
    claims: () => ({ cnf: { jkt: "x" } }),
    why: "The token is bound to a key, and not a bearer token",
  },
];

suite("a token is refused", () => {
  for (const { what, claims = () => ({}), header, why } of forged) {
    test(what, async (t) => {
      const provider = await RealProvider.start(t);
      await refuses({ AUTH_ISSUER: provider.issuer }, await provider.sign(claims(), header), why);
    });
  }

  test("without a signature (alg: none)", async (t) => {
    const provider = await RealProvider.start(t);
    const token = new UnsecuredJWT({ iss: provider.issuer, aud: AUDIENCE, sub: "ann" })
      .setExpirationTime("1m")
      .encode();
    await refuses({ AUTH_ISSUER: provider.issuer }, token, "The token is signed in another way");
  });

  test("signed with the public key as a secret (HS256 for RS256)", async (t) => {
    const provider = await RealProvider.start(t);
    const [key] = provider.keys;
    assert.ok(key?.kid);
    const { e, n, kty = "RSA" } = key;
    const pem = createPublicKey({ key: { e, n, kty } as never, format: "jwk" }).export({
      ...{ format: "pem", type: "spki" },
    });
    for (const secret of [Buffer.from(pem), Buffer.from(JSON.stringify({ e, n, kty }))]) {
      const token = await new SignJWT({ iss: provider.issuer, aud: AUDIENCE, sub: "ann" })
        .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: key.kid })
        .setExpirationTime("1m")
        .sign(secret);
      await refuses({ AUTH_ISSUER: provider.issuer }, token, "The token is signed in another way");
    }
  });

  test("changed on its way", async (t) => {
    const provider = await RealProvider.start(t);
    const [header, payload = "", signature] = (await provider.token()).split(".");
    const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload)));
    const other = base64url.encode(JSON.stringify({ ...claims, sub: "bob" }));
    const token = [header, other, signature].join(".");
    await refuses({ AUTH_ISSUER: provider.issuer }, token, "The signature is wrong");
  });

  test("that is none", async (t) => {
    const provider = await RealProvider.start(t);
    for (const token of ["x", "a.b.c", "e30.e30.e30"]) {
      await assert.rejects(open({ AUTH_ISSUER: provider.issuer }).authenticate(showing(token)), {
        status: 401,
      });
    }
  });
});

suite("clocks may differ", () => {
  test("by as much as is set, and not more", async (t) => {
    const provider = await RealProvider.start(t);
    const variables = { AUTH_ISSUER: provider.issuer, AUTH_CLOCK_TOLERANCE_MS: "10000" };
    const { authenticate } = open(variables);
    for (const claims of [{ exp: now() - 5 }, { nbf: now() + 5 }]) {
      assert.ok(await authenticate(showing(await provider.sign(claims))));
    }
    const [late, early] = [{ exp: now() - 15 }, { nbf: now() + 15 }];
    await refuses(variables, await provider.sign(late), "The token has expired");
    await refuses(variables, await provider.sign(early), "The token is not valid yet");
  });
});

suite("scopes", () => {
  const claims = [
    { claim: "scope", value: "a b", scopes: ["a", "b"] },
    { claim: "scp", value: ["a", "b"], scopes: ["a", "b"] },
    { claim: "permissions", value: undefined, scopes: [] },
    { claim: "roles", value: { a: 1 }, scopes: [] },
  ];
  for (const { claim, value, scopes } of claims) {
    test(`are read from ${claim}: ${JSON.stringify(value)}`, async (t) => {
      const provider = await RealProvider.start(t);
      const { authenticate } = open({ AUTH_ISSUER: provider.issuer, AUTH_SCOPE_CLAIM: claim });
      const caller = await authenticate(showing(await provider.sign({ [claim]: value })));
      assert.deepEqual(caller?.scopes, scopes);
    });
  }
});
