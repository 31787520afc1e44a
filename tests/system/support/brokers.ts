/** Real brokers and stores, on ports of their own and with their data in a temporary folder. */
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Identity } from "./certificates.ts";
import { freshFolder } from "./places.ts";
import { freePorts } from "./ports.ts";
import { type Ending, Process, succeed } from "./process.ts";

const HOST = "127.0.0.1";
/** This machine by a name that certificates of the tests do not have. */
export const OTHER_HOST = "127.0.0.2";
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "hybridge-tests");
/** Where `tests/brokers/install` puts Kafka's jars. */
const KAFKA_JARS = join(CACHE, "kafka/lib");
/** Without the Debian wrapper, which changes to a user of its own. */
const RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/** Below it a folder for each version that Debian has. */
const POSTGRES = "/usr/lib/postgresql";
const START_MS = 90_000;
const STOP_MS = 60_000;

/** How one kind of broker is run. */
interface Recipe {
  /** What clients connect to. */
  readonly address: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** What it says when it serves. */
  readonly ready: RegExp;
  /** What it stops at, where it waits for its clients on SIGTERM. */
  readonly stop?: NodeJS.Signals;
}

/** A broker that can be stopped, killed and started again: same address, same data. It ends with
 * this process at the latest. */
export class Broker {
  readonly address: string;
  readonly #recipe: Recipe;
  #process: Process | undefined;

  private constructor(recipe: Recipe) {
    this.address = recipe.address;
    this.#recipe = recipe;
  }

  /** Kafka (KRaft, one node), not started yet. Topics are not made by asking for them.
   * @param tls Its own; clients have to have a certificate then. */
  static async kafka(tls?: Identity): Promise<Broker> {
    return new Broker(await kafka(tls));
  }

  /** RabbitMQ with the user `guest`, not started yet. */
  static async rabbitmq(tls?: Identity): Promise<Broker> {
    return new Broker(await rabbitmq(tls));
  }

  /** Redis without a password, which writes down all that it is told; not started yet. */
  static async redis(): Promise<Broker> {
    return new Broker(await redis());
  }

  /** PostgreSQL with the user `postgres`, who needs no password; not started yet.
   * @param tls Its own; clients have to come over TLS then. */
  static async postgres(tls?: Identity): Promise<Broker> {
    return new Broker(await postgres(tls));
  }

  /** Resolves when clients can connect. @throws Error with its output when it does not come up */
  async start(): Promise<this> {
    const { command, args, env, folder, ready } = this.#recipe;
    if (this.#process && !this.#process.hasEnded) throw new Error(`${command} runs already`);
    this.#process = new Process(command, args, { cwd: folder, env });
    await this.#process.says(ready, START_MS);
    return this;
  }

  /** Asks it to stop, and waits until it has. */
  async stop(): Promise<Ending> {
    const child = this.#running();
    child.signal(this.#recipe.stop ?? "SIGTERM");
    try {
      return await child.end(STOP_MS);
    } finally {
      child.killAll();
    }
  }

  /** Ends it as the power cut does. */
  async kill(): Promise<void> {
    const child = this.#running();
    child.killAll();
    await child.ended;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends it at once, if it runs. */
  end(): void {
    this.#process?.killAll();
  }

  #running(): Process {
    if (!this.#process || this.#process.hasEnded) throw new Error("the broker does not run");
    return this.#process;
  }
}

async function kafka(tls: Identity | undefined): Promise<Recipe> {
  assert.ok(existsSync(KAFKA_JARS), `no Kafka in ${KAFKA_JARS}: run tests/run setup`);
  const folder = freshFolder("kafka");
  const [port, controller] = await freePorts(2);
  const address = `${HOST}:${port}`;
  const properties = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.bootstrap.servers": `${HOST}:${controller}`,
    listeners: `${tls ? "SSL" : "PLAINTEXT"}://${address},CONTROLLER://${HOST}:${controller}`,
    "controller.listener.names": "CONTROLLER",
    "log.dirs": join(folder, "data"),
    "auto.create.topics.enable": false,
    "group.initial.rebalance.delay.ms": 0,
    // After a kill it waits until its former self counts as gone.
    "broker.session.timeout.ms": 3000,
    "broker.heartbeat.interval.ms": 500,
    // One node keeps one copy of everything, and few partitions are soon there.
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    ...(tls && secured(tls, folder)),
  };
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, "server.properties"), lines.join(""));
  const java = [
    ...["-Xmx512m", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=INFO"],
    ...["-cp", join(KAFKA_JARS, "*")],
  ];
  const cluster = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");
  // With "=": one id in 64 begins with a hyphen, and would be taken for an option.
  const format = ["format", "--standalone", `--cluster-id=${cluster}`, "-c", "server.properties"];
  await succeed("java", [...java, "kafka.tools.StorageTool", ...format], { cwd: folder });
  return {
    address,
    command: "java",
    args: [...java, "kafka.Kafka", "server.properties"],
    env: {},
    folder,
    ready: /Kafka Server started/,
  };
}

/** What Kafka has to be told to take clients with a certificate only. */
function secured({ ca, certificate, key }: Identity, folder: string) {
  const own = join(folder, "own.pem");
  writeFileSync(own, readFileSync(key, "utf8") + readFileSync(certificate, "utf8"));
  return {
    "listener.security.protocol.map": "SSL:SSL,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "SSL",
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": own,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": ca,
    "ssl.client.auth": "required",
  };
}

async function rabbitmq(tls: Identity | undefined): Promise<Recipe> {
  assert.ok(existsSync(RABBITMQ), `no ${RABBITMQ}: run tests/run setup`);
  const folder = freshFolder("rabbitmq");
  const [port, distribution, names] = await freePorts(3);
  const listener = tls
    ? [
        "listeners.tcp = none",
        `listeners.ssl.1 = ${HOST}:${port}`,
        `ssl_options.cacertfile = ${tls.ca}`,
        `ssl_options.certfile = ${tls.certificate}`,
        `ssl_options.keyfile = ${tls.key}`,
        "ssl_options.verify = verify_peer",
        "ssl_options.fail_if_no_peer_cert = true",
      ]
    : [`listeners.tcp.1 = ${HOST}:${port}`];
  writeFileSync(join(folder, "rabbitmq.conf"), `${listener.join("\n")}\n`);
  writeFileSync(join(folder, "enabled_plugins"), "[].\n");
  return {
    address: `${tls ? "amqps" : "amqp"}://guest:guest@${HOST}:${port}`,
    command: RABBITMQ,
    args: [],
    env: {
      HOME: folder,
      RABBITMQ_NODENAME: `t${port}@localhost`,
      RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
      RABBITMQ_MNESIA_BASE: join(folder, "data"),
      RABBITMQ_LOG_BASE: join(folder, "log"),
      RABBITMQ_DIST_PORT: String(distribution),
      ERL_EPMD_PORT: String(names),
      // Two schedulers that do not spin: the tests need the processors themselves.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 2:2 +sbwt none",
    },
    folder,
    ready: /Starting broker\.\.\. completed/,
  };
}

async function redis(): Promise<Recipe> {
  const folder = freshFolder("redis");
  const [port] = await freePorts(1);
  return {
    address: `redis://${HOST}:${port}`,
    command: "redis-server",
    args: [
      ...["--bind", HOST, "--port", String(port), "--save", "", "--appendonly", "yes"],
      // Its title would be written over the environment, by which the tests find what they started.
      ...["--set-proc-title", "no"],
    ],
    env: {},
    folder,
    ready: /Ready to accept connections/,
  };
}

async function postgres(tls: Identity | undefined): Promise<Recipe> {
  const [version] = existsSync(POSTGRES) ? readdirSync(POSTGRES) : [];
  assert.ok(version, `no PostgreSQL in ${POSTGRES}: run tests/run setup`);
  const bin = join(POSTGRES, version, "bin");
  // It does not run as root, and another user sees nothing of the folders of the tests.
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const [command = "", ...as] = process.getuid?.() === 0 ? await handed(folder) : [];
  const run = (program: string, args: readonly string[]): [string, string[]] =>
    command ? [command, [...as, join(bin, program), ...args]] : [join(bin, program), [...args]];
  const data = join(folder, "data");
  const made = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];
  // Sorted as people sort, which the answers of services must not depend on.
  const sorted = ["--locale-provider=icu", "--icu-locale=en-US"];
  await succeed(...run("initdb", [...made, ...sorted]), { cwd: folder });
  const [port] = await freePorts(1);
  const listens = ["-D", data, "-h", HOST, "-p", `${port}`, "-k", folder];
  const secured = tls ? encrypted(tls, data) : [];
  const [program, args] = run("postgres", [...listens, ...secured]);
  return {
    address: `postgresql://postgres@${HOST}:${port}/postgres`,
    command: program,
    args,
    env: {},
    folder,
    ready: /database system is ready to accept connections/,
    stop: "SIGINT",
  };
}

/** Makes PostgreSQL take clients over TLS only. @returns what it has to be started with */
function encrypted({ certificate, key }: Identity, data: string): string[] {
  // A key that others may read is refused, and so is one of another user.
  const { uid, gid } = statSync(data);
  const files = { ssl_cert_file: certificate, ssl_key_file: key };
  const settings = Object.entries(files).map(([setting, from]) => {
    const file = join(data, `${setting}.pem`);
    copyFileSync(from, file);
    chownSync(file, uid, gid);
    chmodSync(file, 0o600);
    return `${setting}=${file}`;
  });
  writeFileSync(join(data, "pg_hba.conf"), "hostssl all all all trust\n");
  // A second address of this machine, which is not in the certificate.
  const addresses = `listen_addresses=${HOST},${OTHER_HOST}`;
  return ["ssl=on", addresses, ...settings].flatMap((setting) => ["-c", setting]);
}

/** Gives a folder to the user of PostgreSQL. @returns the beginning of a command that runs as that user */
async function handed(folder: string): Promise<string[]> {
  const id = async (flag: string) =>
    (await succeed("id", [flag, "postgres"], { cwd: "/" })).stdout.trim();
  const [user, group] = await Promise.all([id("-u"), id("-g")]);
  chownSync(folder, Number(user), Number(group));
  chmodSync(folder, 0o700);
  return ["setpriv", `--reuid=${user}`, `--regid=${group}`, "--clear-groups"];
}
