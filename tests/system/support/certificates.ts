/** Certificates that live as long as a test, made by OpenSSL. */
import { join } from "node:path";
import { freshFolder } from "./places.ts";
import { succeed } from "./process.ts";

/** PEM files of whoever takes part. */
export interface Identity {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * A CA of its own, and a certificate of it for this machine, as containers call it, too.
 *
 * @param addresses Others of this machine
 */
export async function identity(name: string, addresses: readonly string[] = []): Promise<Identity> {
  const cwd = freshFolder(name);
  const file = (what: string) => join(cwd, `${what}.pem`);
  const make = (what: string, ...more: string[]) =>
    succeed(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        ...["-days", "2", "-subj", `/CN=${name} ${what}`, ...more],
        ...["-keyout", file(`${what}-key`), "-out", file(what)],
      ],
      { cwd },
    );
  await make("ca");
  const others = addresses.map((address) => `,IP:${address}`).join("");
  const names = `DNS:localhost,IP:127.0.0.1,DNS:host.docker.internal${others}`;
  const extension = `subjectAltName=${names}`;
  await make("own", "-CA", file("ca"), "-CAkey", file("ca-key"), "-addext", extension);
  return { ca: file("ca"), certificate: file("own"), key: file("own-key") };
}

/** The variables of a component that has this identity. */
export function variablesOf({ ca, certificate, key }: Identity) {
  return { TLS_CA_FILE: ca, TLS_CERT_FILE: certificate, TLS_KEY_FILE: key };
}
