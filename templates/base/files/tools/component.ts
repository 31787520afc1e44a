import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadEnvFile } from "node:process";

/** One process of the system. */
export interface Component {
  /** Also of its folder below `services/`. */
  readonly name: string;
  /** What its variables begin with in `.env`: `GATEWAY_PORT` there is its own `PORT`. */
  readonly prefix: string;
  readonly port: number;
  /** What it listens on beside `port`, by the variable that says where. */
  readonly ports: Readonly<Record<string, number>>;
  /** A shell command, run in its folder. */
  readonly start: string;
  /** As `start`, but begins again when a source file changes. */
  readonly dev: string;
  /** What has to succeed before it starts. */
  readonly before: readonly Job[];
  /** Its variables and their defaults, without those of the whole system. */
  readonly env: Readonly<Record<string, string>>;
}

/** A shell command that ends, run in the folder of its component. */
export interface Job {
  readonly help: string;
  readonly command: string;
}

export const root = resolve(import.meta.dirname, "..");

export function directory(component: Component): string {
  return join(root, "services", component.name);
}

/** Adds what `.env` says, and then the defaults, to the environment; what is set there already wins. */
export function loadSettings(defaults: Readonly<Record<string, string>>): void {
  const file = join(root, ".env");
  if (existsSync(file)) loadEnvFile(file);
  for (const [name, value] of Object.entries(defaults)) process.env[name] ||= value;
}

/** The default variables of a component, under those of the environment that begin with its prefix. */
export function variables(component: Component): Record<string, string> {
  const prefix = `${component.prefix}_`;
  const all: Record<string, string> = { ...component.env };
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith(prefix) && value !== undefined) all[name.slice(prefix.length)] = value;
  }
  return all;
}
