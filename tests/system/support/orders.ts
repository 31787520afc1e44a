/** The service `orders` of the shop with a handler that a person wrote. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Json, post, said } from "./client.ts";
import { type Project, prepared } from "./project.ts";
import { Stream } from "./stream.ts";
import { System, type SystemOptions } from "./system.ts";
import { until } from "./until.ts";

export const HANDLER = "services/orders/src/orders/handlers/place.py";
export const OPERATION = "/api/orders/place";
/** Where an order is told to have left. */
export const CHANNEL = "orders.shipped";
/** What the service measures while an order is packed. */
export const RUNNING = "service_calls_running";

/** The handler as it stands in `tests/system/handlers`. */
export const handler: string = readFileSync(
  join(import.meta.dirname, "../handlers/place.py"),
  "utf8",
);

/** What the handler is to do. */
export interface Order {
  /** How long packing takes. */
  readonly seconds?: number;
  /** Events that tell of it: one for each parcel. */
  readonly parcels?: number;
  /** Characters of the carrier's name, which makes events large. */
  readonly size?: number;
}

/** The input that says so. */
export function order({ seconds = 0, parcels = 0, size = 1 }: Order = {}): Json {
  return {
    customer: "0b9d1c9e-6f0a-4c55-9a3e-2f1d8c7b6a54",
    items: [
      {
        product: "6f0a0b9d-1c9e-4c55-9a3e-2f1d8c7b6a54",
        count: 2,
        options: { seconds: String(seconds), parcels: String(parcels), size: String(size) },
      },
    ],
  };
}

export function place(system: System, what: Order = {}, init: RequestInit = {}): Promise<Response> {
  return post(system.url() + OPERATION, order(what), init);
}

/** Starts the gateway of the shop and `orders`, and nothing else: quick, and enough for faults. */
export async function startOrders(test: TestContext, options: SystemOptions = {}): Promise<System> {
  const project = await shopWithHandler();
  const system = await System.start(test, project, { only: ["orders", "gateway"], ...options });
  await eventsFlow(system);
  return system;
}

/** The shop with the handler in its place. */
export async function shopWithHandler(): Promise<Project> {
  const project = await prepared("shop");
  project.put(HANDLER, handler);
  return project;
}

/** Waits until so many requests are with their handlers. */
export async function runs(system: System, count: number, within: number): Promise<void> {
  const look = () => system.metric("orders", RUNNING);
  await until(`${count} requests run`, look, (running) => running === count, { within });
}

/** Waits until events of `orders` reach clients of the gateway. */
export async function eventsFlow(system: System): Promise<void> {
  const stream = await Stream.open(system.url(), [CHANNEL]);
  try {
    const look = async () => ({
      order: await said(place(system, { parcels: 1 })),
      events: stream.events.length,
    });
    await until(`an event of ${CHANNEL}`, look, ({ events }) => events > 0);
  } finally {
    stream.close();
  }
}
