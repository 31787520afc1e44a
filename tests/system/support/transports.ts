/** The transports, and what each of them can carry. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./places.ts";

export interface Transport {
  readonly name: string;
  /** What it needs to run between the two ends. */
  readonly broker?: "kafka" | "rabbitmq";
  /** What the gateways share, where they share something. */
  readonly backplane?: "redis";
  /** Whether Python hears of it when the client leaves; where not, the deadline ends the work. */
  readonly cancels: boolean;
  /** Whether jobs and events outlive the processes at both ends. */
  readonly keeps: boolean;
}

const all: readonly Transport[] = [
  { name: "rest", cancels: true, keeps: false },
  { name: "graphql", cancels: true, keeps: false },
  { name: "grpc", cancels: true, keeps: false },
  { name: "kafka", broker: "kafka", cancels: false, keeps: true },
  { name: "rabbitmq", broker: "rabbitmq", cancels: false, keeps: true },
];

const chosen = process.env.BRIDGE?.split(",");

/** Those that are tested: all, or those that the variable BRIDGE names, parted by commas. */
export const transports: readonly Transport[] = all.filter(({ name }) =>
  chosen
    ? chosen.includes(name)
    : existsSync(join(repository, "templates/transport", name, "module.yaml")),
);
