import { readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { type CleanedEnv, customCleanEnv, EnvError, host, makeExactValidator, str } from "envalid";

const MINUTE = 60_000;

/** The gateway's own settings. Durations are milliseconds, sizes are bytes. */
export type Config = Readonly<ReturnType<typeof readConfig>>;

/** The gateway's own settings. What does not fit is reported by `environment.check()`. */
export function readConfig(environment: Environment) {
  const env = environment.read({
    APP_ENV: str({ choices: ["development", "test", "production"], default: "development" }),
    HOST: host({ default: "127.0.0.1" }),
    PORT: whole(0, 65_535)({ default: 3000 }),
    METRICS_PORT: whole(0, 65_535)({ default: undefined }),
    LOG_LEVEL: str({ choices: ["debug", "info", "warn", "error", "silent"], default: "info" }),
    LOG_FORMAT: str({ choices: ["json", "pretty"], default: undefined }),
    TRUST_PROXY: list(wrongCidr)({ default: [] }),
    ALLOWED_ORIGINS: list(wrongOrigin)({ default: [] }),
    BODY_LIMIT: whole(1024)({ default: 1_048_576 }),
    RATE_LIMIT: whole(1)({ default: 1200 }),
    EVENT_LOOP_DELAY_MS: whole(0, MINUTE)({ default: 500 }),
    CALL_TIMEOUT_MS: whole(1, 10 * MINUTE)({ default: 10_000 }),
    SHUTDOWN_GRACE_MS: whole(1, 10 * MINUTE)({ default: 20_000 }),
    SERVICE_CONCURRENCY: whole(1)({ default: 100 }),
    CIRCUIT_RESET_MS: whole(1, MINUTE)({ default: 2000 }),
    JOB_TIMEOUT_MS: whole(1, 60 * MINUTE)({ default: 5 * MINUTE }),
    JOB_CONCURRENCY: whole(1)({ default: 4 }),
    JOB_LIMIT: whole(1)({ default: 1000 }),
    JOB_BYTES: whole(1_048_576)({ default: 67_108_864 }),
    JOB_KEEP_MS: whole(1000, 1440 * MINUTE)({ default: 60 * MINUTE }),
    EVENT_REPLAY: whole(1)({ default: 1000 }),
    EVENT_QUEUE: whole(1)({ default: 256 }),
    REALTIME_HEARTBEAT_MS: whole(100, 5 * MINUTE)({ default: 15_000 }),
    REALTIME_CLIENTS: whole(1)({ default: 1000 }),
    REALTIME_PER_CLIENT: whole(1)({ default: 100 }),
    REALTIME_MESSAGES_PER_SECOND: whole(1)({ default: 20 }),
  });
  return {
    environment: env.APP_ENV,
    host: env.HOST,
    /** 0 is any free one. */
    port: env.PORT,
    /** Where `/metrics` is served apart from clients. */
    metricsPort: env.METRICS_PORT,
    log: {
      level: env.LOG_LEVEL,
      format: env.LOG_FORMAT ?? (env.APP_ENV === "development" ? "pretty" : "json"),
    },
    /** CIDRs of proxies whose `X-Forwarded-*` headers are believed. */
    trustProxy: env.TRUST_PROXY,
    /** Origins of other sites that may call from a browser; the gateway's own is always allowed. */
    allowedOrigins: env.ALLOWED_ORIGINS,
    /** Of a request body, and of a real-time message. */
    bodyLimit: env.BODY_LIMIT,
    /** Requests of one client per minute. */
    rateLimit: env.RATE_LIMIT,
    /** By which the event loop may be late before requests are turned away; 0: however late. */
    eventLoopDelayMs: env.EVENT_LOOP_DELAY_MS,
    /** For a whole call, retries included. */
    callTimeoutMs: env.CALL_TIMEOUT_MS,
    /** From the signal to stop until the process ends, whatever is still open. */
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
    services: {
      /** Calls at once to each service; one more is refused. */
      concurrency: env.SERVICE_CONCURRENCY,
      /** How long a circuit stays open before one call is let through to try. */
      circuitResetMs: env.CIRCUIT_RESET_MS,
    },
    jobs: {
      timeoutMs: env.JOB_TIMEOUT_MS,
      /** Jobs that run at once; the others wait. */
      concurrency: env.JOB_CONCURRENCY,
      /** Jobs that are kept, the finished ones included. */
      limit: env.JOB_LIMIT,
      /** Of their inputs and results, as JSON. */
      bytes: env.JOB_BYTES,
      /** How long a finished job can be asked for. */
      keepMs: env.JOB_KEEP_MS,
    },
    events: {
      /** Events that are kept for clients that come back. */
      replay: env.EVENT_REPLAY,
      /** Events that may wait for one client before it counts as too slow. */
      queue: env.EVENT_QUEUE,
    },
    realtime: {
      /** Between keep-alives of a stream, and between pings of a socket. */
      heartbeatMs: env.REALTIME_HEARTBEAT_MS,
      /** Open streams or sockets at once, per way. */
      maxClients: env.REALTIME_CLIENTS,
      /** Of these, open streams or sockets of one client. */
      maxPerClient: env.REALTIME_PER_CLIENT,
      /** Messages that one socket may send per second. */
      messagesPerSecond: env.REALTIME_MESSAGES_PER_SECOND,
    },
  };
}

function wrongCidr(text: string): string | undefined {
  const [address = "", prefix] = text.split("/");
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  try {
    if (prefix === undefined || !/^\d+$/.test(prefix)) throw new RangeError("no prefix");
    new BlockList().addSubnet(address, Number(prefix), family);
    return undefined;
  } catch {
    return "is not a CIDR such as 10.0.0.0/8";
  }
}

function wrongOrigin(text: string): string | undefined {
  return URL.parse(text)?.origin === text
    ? undefined
    : "is not an origin such as https://a.example";
}

/** Whom to trust, who we are, and by which name the others are known if not by their address. */
export interface Tls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined;
}

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

  /** The tokens of SERVICE_TOKEN: the first is shown, the others are accepted while it replaces them. */
  serviceTokens(): readonly [string, ...string[]] {
    const [first = "", ...others] = this.secret("SERVICE_TOKEN", "development-only").split(",");
    return [first, ...others];
  }

  /** TLS towards services and brokers; where an address says so, or what speaks its protocol. */
  tls(): Tls {
    const { TLS_CA_FILE, TLS_CERT_FILE, TLS_KEY_FILE, TLS_SERVER_NAME } = this.read({
      TLS_CA_FILE: file({ default: undefined }),
      TLS_CERT_FILE: file({ default: undefined }),
      TLS_KEY_FILE: file({ default: undefined }),
      TLS_SERVER_NAME: str({ default: undefined }),
    });
    if (!TLS_CERT_FILE !== !TLS_KEY_FILE) this.refuse("TLS_CERT_FILE", "goes with TLS_KEY_FILE");
    return {
      ...(TLS_CA_FILE && { ca: TLS_CA_FILE }),
      ...(TLS_CERT_FILE && TLS_KEY_FILE && { cert: TLS_CERT_FILE, key: TLS_KEY_FILE }),
      ...(TLS_SERVER_NAME && {
        checkServerIdentity: (_host, certificate) =>
          checkServerIdentity(TLS_SERVER_NAME, certificate),
      }),
    };
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

/** What a file holds. */
const file = makeExactValidator<Buffer>((path) => {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new EnvError(`"${path}" cannot be read: ${String(error)}`);
  }
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
