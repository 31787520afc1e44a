/** Odd names, and names that meet, in everything that is made of them: the compilers, linters and tests of a system
 * find nothing. One system with many names in each run; `tests/run names` looks at many with a few each. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import fc from "fast-check";
import { Broker } from "../support/brokers.ts";
import { freshFolder } from "../support/places.ts";
import { generateFrom, prepared } from "../support/project.ts";
import { writeAccepted } from "./accepted.ts";
import { blueprint, type Size } from "./blueprint.ts";
import { faults, type Lender, lend } from "./tools.ts";

const RUNS = Number(process.env.NAMES_RUNS ?? 0);
/** After this no further system is looked at, and what failed is not made smaller. */
const LIMIT_MS = Number(process.env.NAMES_MINUTES ?? 60) * 60_000;
const SEED = Number(process.env.NAMES_SEED ?? (RUNS > 0 ? Date.now() : 1));
const MANY: Size = { least: 8, most: 10, gateways: 1, withCases: true };
const FEW: Size = { least: 1, most: 3, gateways: 2, withCases: false };

suite("names that mean something elsewhere, on every transport", () => {
  let lender: Lender;
  let kafka: Broker;
  let rabbitmq: Broker;

  before(async () => {
    [lender, kafka, rabbitmq] = await Promise.all([
      prepared("mixed").then((system) => lend(system, join(freshFolder("lent"), "venv"))),
      Broker.kafka().then((broker) => broker.start()),
      Broker.rabbitmq().then((broker) => broker.start()),
    ]);
  });

  after(() => {
    kafka.end();
    rabbitmq.end();
  });

  /** @throws Error with the blueprint's path and what tools say of it */
  async function look(text: string): Promise<void> {
    const folder = freshFolder("names");
    const file = await writeAccepted(text, folder);
    const made = join(folder, "system");
    const { code, output } = await generateFrom(file, made, { flags: ["--no-lock", "--no-git"] });
    if (code !== 0) throw new Error(`${file} is not generated:\n${output}`);
    const said = await faults(made, lender, {
      KAFKA_BOOTSTRAP_SERVERS: kafka.address,
      RABBITMQ_URL: rabbitmq.address,
    });
    if (said) throw new Error(`${file}\n${said}`);
    rmSync(folder, { recursive: true });
  }

  test(`leave compilers, linters and tests content (NAMES_SEED=${SEED})`, async () => {
    // What fails is made smaller only where there is time for it; what is not looked at in time fails, too.
    const parameters = {
      seed: SEED,
      numRuns: Math.max(RUNS, 1),
      endOnFailure: RUNS === 0,
      interruptAfterTimeLimit: LIMIT_MS,
      markInterruptAsFailure: true,
    };
    await fc.assert(fc.asyncProperty(blueprint(RUNS > 0 ? FEW : MANY), look), parameters);
  });
});
