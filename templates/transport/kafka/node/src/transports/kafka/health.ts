import { Admin, type BaseOptions } from "@platformatic/kafka";
import { Problem } from "../../core/problem.ts";

/** Asks the broker whether somebody takes calls. */
export class Health {
  readonly #admin: Admin;
  readonly #group: string;

  constructor(client: BaseOptions, group: string) {
    this.#admin = new Admin(client);
    this.#group = group;
  }

  /** @throws Problem `unavailable`: the broker does not answer, or no process of the service is there */
  async check(service: string, signal: AbortSignal): Promise<void> {
    const members = await Promise.race([this.#members(), failing(signal)]).catch((cause) => {
      throw new Problem("unavailable", "Kafka does not answer", { cause });
    });
    if (members === 0) {
      throw new Problem("unavailable", `No process of ${service} takes calls from Kafka`);
    }
  }

  async close(): Promise<void> {
    await this.#admin.close();
  }

  async #members(): Promise<number> {
    const groups = await this.#admin.describeGroups({ groups: [this.#group] });
    return groups.get(this.#group)?.members.size ?? 0;
  }
}

function failing(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
