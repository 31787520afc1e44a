import { Admin, type BaseOptions } from "@platformatic/kafka";
import { Problem } from "../../calls/problem.ts";

/** Milliseconds for which it is believed that somebody takes calls. */
const FRESH_MS = 1000;

/** Asks the broker whether somebody takes calls. */
export class Health {
  readonly #admin: Admin;
  readonly #group: string;
  readonly #service: string;
  #seenAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<number> | undefined;

  constructor(client: BaseOptions, group: string, service: string) {
    this.#admin = new Admin(client);
    this.#group = group;
    this.#service = service;
  }

  /** @throws Problem `unavailable`: the broker does not answer, or no process of the service is there */
  async check(signal: AbortSignal): Promise<void> {
    const members = await Promise.race([this.#look(), failing(signal)]).catch((cause) => {
      throw new Problem("unavailable", "Kafka does not answer", { cause });
    });
    if (members === 0) throw this.#nobody();
  }

  /**
   * Keeps a call from waiting for nobody. Costs nothing while somebody was there a second ago; a
   * broker that does not answer is for whoever sends to notice.
   *
   * @throws Problem `unavailable`
   */
  async expect(): Promise<void> {
    const age = performance.now() - this.#seenAt;
    if (age < FRESH_MS) return;
    const looked = this.#look().catch(() => undefined);
    // Somebody was there not long ago: this call goes, and the next knows better.
    if (age < 10 * FRESH_MS) return;
    if ((await looked) === 0) throw this.#nobody();
  }

  async close(): Promise<void> {
    await this.#admin.close();
  }

  #look(): Promise<number> {
    this.#looking ??= this.#members().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #members(): Promise<number> {
    const groups = await this.#admin.describeGroups({ groups: [this.#group] });
    const members = groups.get(this.#group)?.members.size ?? 0;
    this.#seenAt = members > 0 ? performance.now() : Number.NEGATIVE_INFINITY;
    return members;
  }

  #nobody(): Problem {
    const detail = `No process of ${this.#service} takes calls from Kafka`;
    return new Problem("unavailable", detail, { sent: false });
  }
}

function failing(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
