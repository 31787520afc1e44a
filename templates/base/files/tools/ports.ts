import getPort from "get-port";
import type { Component } from "./component.ts";

const HOST = "127.0.0.1";

/** A port for each component, by its name. */
export type Ports = ReadonlyMap<string, number>;

/**
 * The ports that the components are set to.
 *
 * @throws Error that names every one on which something listens already
 */
export async function configuredPorts(components: readonly Component[]): Promise<Ports> {
  const ports = new Map<string, number>();
  const taken: string[] = [];
  for (const { name, prefix, port: usual } of components) {
    const port = Number(process.env[`${prefix}_PORT`] ?? usual);
    if ((await getPort({ host: HOST, port })) !== port) {
      taken.push(
        `port ${port} of ${name} is taken: stop what listens there, or set ${prefix}_PORT`,
      );
    }
    ports.set(name, port);
  }
  if (taken.length > 0) throw new Error(taken.join("\n"));
  return ports;
}

/** Ports on which nothing listens. */
export async function freePorts(components: readonly Component[]): Promise<Ports> {
  const ports = new Map<string, number>();
  for (const { name } of components) ports.set(name, await getPort({ host: HOST }));
  return ports;
}

/** `text` with the usual addresses of the components replaced by those that they have now. */
export function readdress(text: string, components: readonly Component[], ports: Ports): string {
  return text.replace(/\b(127\.0\.0\.1|localhost):(\d+)\b/g, (address, host, port) => {
    const component = components.find((one) => one.port === Number(port));
    return component ? `${host}:${ports.get(component.name)}` : address;
  });
}
