import { type CleanedEnv, customCleanEnv, EnvError, makeExactValidator } from "envalid";

/** Every error of the environment at once. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

/**
 * The environment, read piece by piece (the gateway's own settings, then those of each transport
 * and of the authentication) and judged as a whole. A variable that is set to nothing counts as
 * not set.
 */
export class Environment {
  readonly #values: Record<string, string | undefined>;
  readonly #errors: string[] = [];

  constructor(values: Readonly<Record<string, string | undefined>>) {
    this.#values = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
  }

  /** Whether real users may be behind the requests: development defaults are refused. */
  get production(): boolean {
    return this.#values.APP_ENV === "production";
  }

  /** The values that `specs` describes. What does not fit is remembered for `check`. */
  read<S>(specs: S): Readonly<CleanedEnv<S>> {
    // Without envalid's own guard, which throws when a value that does not fit is looked at.
    return customCleanEnv(this.#values, specs, (values) => values, {
      reporter: ({ errors }) => {
        for (const [name, error] of Object.entries<Error | undefined>(errors)) {
          this.refuse(name, error?.message ?? "is not valid");
        }
      },
    });
  }

  /** A secret that has `development` as its value outside production, and none inside it. */
  secret(name: string, development: string): string {
    const value = this.#values[name] ?? development;
    if (this.production && value === development) {
      this.refuse(name, "needs a secret of your own when APP_ENV=production");
    }
    return value;
  }

  /** Remembers that the value of `name` does not do. */
  refuse(name: string, why: string): void {
    this.#errors.push(`${name}: ${why}`);
  }

  /** @throws EnvironmentError that names every variable that does not fit */
  check(): void {
    if (this.#errors.length === 0) return;
    throw new EnvironmentError(`The environment does not fit:\n  ${this.#errors.join("\n  ")}`);
  }
}

/** A whole number within bounds. */
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  makeExactValidator<number>((text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new EnvError(`"${text}" is not a whole number from ${least} to ${most}`);
    }
    return value;
  });

/** Comma-separated words; `check` says what is wrong with one of them. */
export const list = (check: (item: string) => string | undefined) =>
  makeExactValidator<readonly string[]>((text) => {
    const items = text.split(",").map((item) => item.trim());
    for (const item of items) {
      const wrong = check(item);
      if (wrong) throw new EnvError(`"${item}" ${wrong}`);
    }
    return items;
  });

/** An `http` or `https` address. */
export const httpUrl = makeExactValidator<URL>((text) => {
  const url = URL.parse(text);
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new EnvError(`"${text}" is not an http or https address`);
  }
  return url;
});
