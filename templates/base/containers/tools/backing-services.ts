import { once } from "node:events";
import { connect } from "node:net";

const CONNECT_MS = 2000;

/** What the system needs and does not bring: it runs beside it, on this machine or elsewhere. */
export interface BackingService {
  readonly name: string;
  /** The variable, for the whole system, that says where: `host:port`, comma-separated, or a URL. */
  readonly variable: string;
  /** A command that starts one; may be empty. */
  readonly start: string;
}

/**
 * Looks whether what the system needs listens where the environment says.
 *
 * @throws Error that names each that does not, and how to start it
 */
export async function reachAll(backingServices: readonly BackingService[]): Promise<void> {
  const missing = await Promise.all(backingServices.map(missed));
  const reported = missing.filter((text) => text !== undefined);
  if (reported.length > 0) throw new Error(reported.join("\n"));
}

/** Why the system cannot do with it, if so. */
async function missed({ name, variable, start }: BackingService): Promise<string | undefined> {
  const value = process.env[variable] ?? "";
  const where = addresses(value);
  if (!where) return `${variable} in .env is not a host and a port: ${value}`;
  const answers = await Promise.all(where.map(listens));
  // One of several is enough: from it a client learns of the others.
  if (answers.includes(true)) return undefined;
  const places = where.map(({ host, port }) => `${host}:${port}`).join(", ");
  const remedy = start ? `Start one with \`${start}\`, or set` : "Set";
  return `${name} does not answer at ${places}. ${remedy} ${variable} in .env to one that runs.`;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** The addresses in `text`; undefined when a part of it is none. */
function addresses(text: string): Address[] | undefined {
  const urls = text.split(",").map((part) => {
    const place = part.trim();
    return URL.parse(place.includes("://") ? place : `tcp://${place}`);
  });
  const all: Address[] = [];
  for (const url of urls) {
    if (!url?.hostname || !url.port) return undefined;
    all.push({ host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port) });
  }
  return all;
}

async function listens(address: Address): Promise<boolean> {
  const socket = connect(address);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(CONNECT_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
