/** Prints a token that gateways accept while developing, for `make token`. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { loadEnvFile } from "node:process";
import { parseArgs } from "node:util";
import { SignJWT } from "jose";
import { readSettings } from "../src/auth/jwt/settings.ts";
import { DEVELOPMENT, developmentKey } from "../src/auth/jwt/tokens.ts";
import { Environment, EnvironmentError } from "../src/server/settings.ts";

/** The part of a gateway's OpenAPI document that says what clients need. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, PathOperation>>>>;
  readonly "x-hybridge": { readonly scopes?: Readonly<Record<string, readonly string[]>> };
}

interface PathOperation {
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

/** Every scope that an operation or an event of the system needs. */
function allScopes(): string[] {
  const scopes = globSync("services/*/openapi.json").flatMap((path) => {
    const { paths, "x-hybridge": events } = JSON.parse(readFileSync(path, "utf8")) as Document;
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    const ways = operations.flatMap(({ security = [] }) => security);
    return [...ways.flatMap((way) => Object.values(way)), ...Object.values(events.scopes ?? {})];
  });
  return [...new Set(scopes.flat())].sort();
}

async function makeToken(): Promise<string> {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { values } = parseArgs({
    options: {
      system: text(""),
      subject: text("developer"),
      scopes: text(""),
      minutes: text("60"),
    },
  });
  if (existsSync(".env")) loadEnvFile(".env");
  const environment = new Environment(process.env);
  if (environment.production) environment.refuse("APP_ENV", "such a token is not for production");
  environment.check();
  const settings = readSettings(environment, { system: values.system, name: "" });
  environment.check();
  return new SignJWT({ [settings.scopeClaim]: values.scopes || allScopes().join(" ") })
    .setProtectedHeader({ alg: DEVELOPMENT.algorithm, typ: settings.types[0] ?? "JWT" })
    .setIssuer(DEVELOPMENT.issuer)
    .setAudience(settings.audience)
    .setSubject(values.subject)
    .setIssuedAt()
    .setExpirationTime(`${values.minutes}m`)
    .sign(developmentKey(settings.developmentKey ?? ""));
}

try {
  console.log(await makeToken());
} catch (error) {
  if (!(error instanceof EnvironmentError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
