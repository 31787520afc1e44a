import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadEnvFile } from "node:process";
import { parseEnv } from "node:util";

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
}

/** A shell command that ends, run in the folder of its component. */
export interface Job {
  readonly help: string;
  readonly command: string;
}

/** What the system needs and does not bring: it runs beside it, on this machine or elsewhere. */
export interface BackingService {
  readonly name: string;
  /** The variable, for the whole system, that says where: `host:port`, comma-separated, or a URL. */
  readonly variable: string;
  /** A command that starts one; may be empty. */
  readonly start: string;
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

/** The defaults of a component, as `.env.example` has them commented out. */
export function defaults(component: Component): Record<string, string> {
  const example = readFileSync(join(root, ".env.example"), "utf8");
  return own(component, parseEnv(example.replace(/^# (?=[A-Z0-9_]+=)/gm, "")));
}

/** All that a component is set to: its defaults, and what the environment says otherwise. */
export function variables(component: Component): Record<string, string> {
  return { ...defaults(component), ...own(component, process.env) };
}

/** Of `all` what begins with the prefix of a component, without it. */
function own({ prefix }: Component, all: NodeJS.Dict<string>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(all)) {
    if (name.startsWith(`${prefix}_`) && value !== undefined)
      found[name.slice(prefix.length + 1)] = value;
  }
  return found;
}
