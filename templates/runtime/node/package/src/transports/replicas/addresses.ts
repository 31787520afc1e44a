import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Problem } from "../../calls/problem.ts";

/** The addresses of a service's replicas, as they are now. @throws Problem when none is known */
export type Addresses = () => Promise<readonly string[]>;

/**
 * All addresses behind the name of a host, as the system resolves names: those of the replicas where
 * a name has one for each (in a network of Docker, of a headless Service), otherwise one that leads
 * to any of them.
 *
 * @param host A name or a literal address, IPv6 with or without brackets.
 */
export function addressesOf(host: string): Addresses {
  const name = host.replace(/^\[(.*)\]$/, "$1");
  if (isIP(name)) return async () => [name];
  return async () => {
    const found = await lookup(name, { all: true }).catch((cause: unknown) => {
      throw new Problem("unavailable", `${name} has no address`, { sent: false, cause });
    });
    return [...new Set(found.map(({ address }) => address))];
  };
}

/** Resolves when `check` of one of the replicas does; rejects as the first of them. */
export async function anyOf(
  addresses: Addresses,
  check: (address: string) => Promise<void>,
): Promise<void> {
  try {
    await Promise.any((await addresses()).map(check));
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}
