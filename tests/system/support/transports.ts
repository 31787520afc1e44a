/** The transports, and what each of them can carry. */
import assert from "node:assert/strict";
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
  /** The one whose connections, with all that happens to them, are its own, too: the same code opens and ends those
   * for calls. */
  readonly connectsAs?: "rest";
}

const all: readonly Transport[] = [
  { name: "rest", cancels: true, keeps: false },
  { name: "graphql", cancels: true, keeps: false, connectsAs: "rest" },
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

/** Those of which each has connections of its own; all, where BRIDGE says which. */
export const connections: readonly Transport[] = transports.filter(
  ({ connectsAs }) => chosen || !connectsAs,
);

/** Where systems look for a broker. */
export const addressVariable: Readonly<Record<NonNullable<Transport["broker"]>, string>> = {
  kafka: "KAFKA_BOOTSTRAP_SERVERS",
  rabbitmq: "RABBITMQ_URL",
};

export interface Switch {
  readonly from: Transport;
  readonly to: Transport;
}

/** Each transport and each other one. */
const switches: readonly Switch[] = all.flatMap((from) =>
  all.filter((to) => to !== from).map((to) => ({ from, to })),
);

const DAY_MS = 24 * 60 * 60 * 1000;

/** The two that are tested on a day, or those that the variable SWITCH names, `rest:kafka`: a run has no time for
 * all, and they come in turn. */
export function switchOfToday(now = Date.now()): Switch {
  const named = process.env.SWITCH;
  if (named === undefined) {
    const today = switches[Math.floor(now / DAY_MS) % switches.length];
    return today ?? assert.fail("there are no transports");
  }
  const isNamed = ({ from, to }: Switch) => `${from.name}:${to.name}` === named;
  return switches.find(isNamed) ?? assert.fail(`SWITCH: nobody switches ${named}`);
}
