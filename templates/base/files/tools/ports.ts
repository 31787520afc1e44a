import getPort from "get-port";
import type { Component } from "./component.ts";

const HOST = "127.0.0.1";

/** The port that stands now for each usual one. */
export type Ports = ReadonlyMap<number, number>;

/**
 * The ports that the components are set to.
 *
 * @throws Error that names every one on which something listens already
 */
export async function configuredPorts(components: readonly Component[]): Promise<Ports> {
  const ports = new Map<number, number>();
  const taken: string[] = [];
  for (const component of components) {
    for (const [variable, usual] of listens(component)) {
      const setting = `${component.prefix}_${variable}`;
      const port = Number(process.env[setting] ?? usual);
      if ((await getPort({ host: HOST, port })) !== port) {
        taken.push(
          `port ${port} of ${component.name} is taken: stop what listens there, or set ${setting}`,
        );
      }
      ports.set(usual, port);
    }
  }
  if (taken.length > 0) throw new Error(taken.join("\n"));
  return ports;
}

/** Ports on which nothing listens. */
export async function freePorts(components: readonly Component[]): Promise<Ports> {
  const ports = new Map<number, number>();
  for (const component of components) {
    for (const [, usual] of listens(component)) ports.set(usual, await getPort({ host: HOST }));
  }
  return ports;
}

/** The variables that say where the component listens now. */
export function portVariables(component: Component, ports: Ports): Record<string, string> {
  return Object.fromEntries(
    listens(component).map(([variable, usual]) => [variable, String(ports.get(usual) ?? usual)]),
  );
}

/** `text` with the usual addresses of the components replaced by those that they have now. */
export function readdress(text: string, ports: Ports): string {
  return text.replace(
    /\b(127\.0\.0\.1|localhost):(\d+)\b/g,
    (_, host, port) => `${host}:${ports.get(Number(port)) ?? port}`,
  );
}

/** Each port of a component: the variable that sets it, and its usual number. */
function listens({ port, ports }: Component): [variable: string, usual: number][] {
  return [["PORT", port], ...Object.entries(ports)];
}
