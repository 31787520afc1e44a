/** Any blueprint with names that are odd, or that meet once they are written in another way. */
import fc from "fast-check";
import { operations as reported } from "./reported.ts";
import { endings, services, stems, types, values, words } from "./words.ts";

/** Every transport has a service, and every kind is there. */
const KINDS = ["worker", "inference", "analytics", "worker", "worker"] as const;
const TRANSPORTS = ["rest", "graphql", "grpc", "rabbitmq", "kafka"] as const;
/** That of the example whose installed packages are used: packages of ours are called after it. */
export const SYSTEM = "observatory";

const part = fc.constantFrom(...stems, ...words);
const snake: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...words), weight: 3 },
  { arbitrary: fc.constantFrom(...stems), weight: 2 },
  {
    arbitrary: fc.tuple(fc.constantFrom(...stems), fc.constantFrom(...endings)).map(joined),
    weight: 3,
  },
  fc.tuple(part, part).map(joined),
);
const pascal = fc.oneof(fc.constantFrom(...types), snake.map(toPascal));
const kebab = fc.oneof(
  fc.constantFrom(...services),
  snake.map((name) => name.replaceAll("_", "-")),
);
const value = fc.oneof(fc.constantFrom(...values), snake);

/** A type as the blueprint writes it; `named` are those of the service. */
function typeOf(named: readonly string[]): fc.Arbitrary<string> {
  const words = fc
    .uniqueArray(value, { minLength: 1, maxLength: 4 })
    .map((list) => list.join(" | "));
  const plain = fc.constantFrom(..."string int float bool timestamp uuid bytes json".split(" "));
  const bare = fc.oneof(plain, words, ...(named.length > 0 ? [fc.constantFrom(...named)] : []));
  const wrapped = fc.oneof(
    { arbitrary: bare, weight: 3 },
    bare.map((type) => `[${type}]`),
    bare.map((type) => `{string: ${type}}`),
  );
  return fc.tuple(wrapped, fc.boolean()).map(([type, optional]) => (optional ? `${type}?` : type));
}

type Record = readonly (readonly [string, string])[];

const recordOf = (named: readonly string[], minLength: number): fc.Arbitrary<Record> =>
  fc.uniqueArray(fc.tuple(snake, typeOf(named)), {
    minLength,
    maxLength: 5,
    size: "max",
    selector: ([name]) => name,
  });

/** Its name, what it takes, what it gives at its end, and each part that it gives before: none is no answer in parts. */
type Operation = readonly [name: string, input: Record, output: Record, stream: Record];

interface Service {
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly events: readonly (readonly [string, Record])[];
  readonly types: readonly (readonly [string, Record])[];
}

const first = ([name]: readonly [string, ...unknown[]]): string => name;

/** How much there is. */
export interface Size {
  /** Operations, events and types of a service. */
  readonly least: number;
  readonly most: number;
  readonly gateways: number;
  /** Whether each service has the operations of the cases, too. */
  readonly withCases: boolean;
}

function service({ least, most }: Size): fc.Arbitrary<Service> {
  const lengths = { minLength: least, maxLength: most, size: "max" } as const;
  return fc.uniqueArray(pascal, lengths).chain((names) => {
    const own = <T extends readonly [string, ...unknown[]]>(one: fc.Arbitrary<T>) =>
      fc.uniqueArray(one, { ...lengths, selector: first });
    return fc.record({
      name: kebab,
      operations: own(fc.tuple(snake, recordOf(names, 0), recordOf(names, 0), recordOf(names, 0))),
      events: own(fc.tuple(snake, recordOf(names, 0))),
      types: fc.tuple(
        ...names.map((name) => fc.tuple(fc.constant(name), recordOf(names, 0))),
      ) as fc.Arbitrary<[string, Record][]>,
    });
  });
}

/** A blueprint with one service for each transport, everything on a line of its own. What hybridge refuses is
 * among it. */
export function blueprint(size: Size): fc.Arbitrary<string> {
  const all = fc.uniqueArray(service(size), {
    minLength: TRANSPORTS.length,
    maxLength: TRANSPORTS.length,
    selector: ({ name }) => name,
  });
  const gateways = fc.uniqueArray(fc.oneof(fc.constant("gateway"), kebab), {
    minLength: 1,
    maxLength: size.gateways,
  });
  const kinds = fc.shuffledSubarray([...KINDS], { minLength: KINDS.length });
  const cases = size.withCases ? reported() : [];
  return fc
    .tuple(gateways, all, kinds)
    .map(([names, list, kindOf]) => text(names, list, kindOf, cases));
}

function text(
  gateways: readonly string[],
  list: readonly Service[],
  kinds: readonly string[],
  cases: readonly string[],
): string {
  const fields = (indent: string, record: Record) =>
    record.map(([name, type]) => `${indent}${name}: "${type}"`);
  const section = <T>(key: string, entries: readonly T[], one: (entry: T) => string[]) =>
    entries.length === 0 ? [] : [`    ${key}:`, ...entries.flatMap(one)];
  const record = ([name, of]: readonly [string, Record]) =>
    of.length === 0 ? [`      ${name}: {}`] : [`      ${name}:`, ...fields("        ", of)];
  const half = (key: string, of: Record) =>
    of.length === 0 ? [] : [`        ${key}:`, ...fields("          ", of)];
  const lines = list.flatMap(({ name, operations, events, types }, at) => [
    `  ${name}:`,
    `    kind: ${kinds[at]}`,
    "    operations:",
    ...cases,
    ...operations.flatMap(([operation, input, output, stream]) => [
      `      ${operation}:`,
      "        safe: true",
      ...half("input", input),
      ...half("stream", stream),
      ...half("output", output),
    ]),
    ...section("events", events, record),
    ...section("types", types, record),
  ]);
  const links = gateways.flatMap((from) =>
    list.map(({ name }, at) => `  - { from: ${from}, to: ${name}, via: ${TRANSPORTS[at]} }`),
  );
  return [
    `name: ${SYSTEM}`,
    "targets: [compose, kubernetes]",
    "services:",
    ...gateways.map((name) => `  ${name}: { kind: gateway }`),
    ...lines,
    "links:",
    ...links,
    "",
  ].join("\n");
}

function joined(parts: readonly string[]): string {
  return parts.join("_");
}

function toPascal(name: string): string {
  return name.replaceAll(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
