import type { Wiring } from "../src/server/gateway.ts";
import type { Link } from "../src/transports/link.ts";

/** The wiring with one service of it, for a test that stands in for that service only. */
export function alone(wiring: Wiring, service: string): { link: Link; wiring: Wiring } {
  const link = wiring.links.find((candidate) => candidate.service.name === service);
  if (!link) throw new Error(`the gateway is not linked with ${service}`);
  return { link, wiring: { ...wiring, links: [link], observers: [] } };
}
