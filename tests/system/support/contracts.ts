/** Changes of a contract, each judged by hybridge and by the real `buf breaking` on the Protocol Buffers of before
 * and after. */
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hybridge } from "./places.ts";
import { run, succeed } from "./process.ts";

const page = `name: judged
services:
  gateway: { kind: gateway }
  books:
    kind: worker
    operations:
      find:
        safe: true
        input: { title: string, limit: { type: int, default: 1, maximum: 9 }, tags: [string], order: up | down }
        output: { found: [Book], state: all | some }
      buy: { input: { title: string } }
    events:
      sold: { title: string }
    types:
      Book: { title: string, pages: int? }
links: [{ from: gateway, to: books, via: grpc }]
`;

/** Of hybridge, of `buf breaking` in the category that generated systems check, and in the one for bytes and JSON. */
interface Judgement {
  readonly ours: "breaking" | "dangerous" | "nothing";
  readonly FILE: boolean;
  readonly WIRE_JSON: boolean;
}

/** Where all agree. */
const breaks: Judgement = { ours: "breaking", FILE: true, WIRE_JSON: true };
const fits: Judgement = { ours: "nothing", FILE: false, WIRE_JSON: false };
/** Bytes are still read, for the number is reserved; who asks for what is gone gets nothing. */
const gone: Judgement = { ours: "breaking", FILE: true, WIRE_JSON: false };
/** Protocol Buffers know neither what is required nor bounds. */
const unknown: Judgement = { ours: "breaking", FILE: false, WIRE_JSON: false };

interface Row {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly judged: Judgement;
}

const rows: readonly Row[] = [
  {
    what: "an operation is removed",
    from: "      buy: { input: { title: string } }\n",
    to: "",
    judged: gone,
  },
  {
    what: "an operation is added",
    from: "      buy:",
    to: "      sell: {}\n      buy:",
    judged: fits,
  },
  // The request and the stub stay as they are: what changes is what may be done with them.
  {
    what: "an operation is no longer safe",
    from: "safe: true",
    to: "safe: false",
    judged: unknown,
  },
  {
    what: "an event is removed",
    from: "    events:\n      sold: { title: string }\n",
    to: "",
    judged: gone,
  },
  {
    what: "an event is added",
    from: "      sold:",
    to: "      lost: {}\n      sold:",
    judged: fits,
  },
  {
    what: "a field of an event is removed",
    from: "sold: { title: string }",
    to: "sold: {}",
    judged: gone,
  },
  {
    what: "a field of an input is removed",
    from: "input: { title: string, limit",
    to: "input: { limit",
    judged: gone,
  },
  {
    what: "a field of an answer is removed",
    from: ", state: all | some }",
    to: " }",
    judged: gone,
  },
  { what: "a field of a type is removed", from: ", pages: int? }", to: " }", judged: gone },
  { what: "a field changes its type", from: "pages: int?", to: "pages: string?", judged: breaks },
  {
    what: "a field is a list now",
    from: "buy: { input: { title: string",
    to: "buy: { input: { title: [string]",
    judged: breaks,
  },
  // Of one type to Protocol Buffers, not to JSON Schema and GraphQL.
  {
    what: "a string is a UUID now",
    from: "sold: { title: string",
    to: "sold: { title: uuid",
    judged: unknown,
  },
  {
    what: "a required input is added",
    from: "buy: { input: {",
    to: "buy: { input: { at: timestamp,",
    judged: unknown,
  },
  {
    what: "an optional input is added",
    from: "buy: { input: {",
    to: "buy: { input: { at: timestamp?,",
    judged: fits,
  },
  {
    what: "a field of an answer is added",
    from: "output: {",
    to: "output: { count: int,",
    judged: fits,
  },
  { what: "a list may be absent", from: "tags: [string]", to: 'tags: "[string]?"', judged: breaks },
  { what: "bounds are narrower", from: "maximum: 9", to: "maximum: 8", judged: unknown },
  { what: "bounds are wider", from: "maximum: 9", to: "maximum: 10", judged: fits },
  {
    what: "an input loses a word",
    from: "order: up | down",
    to: "order: up | level",
    judged: gone,
  },
  {
    what: "an input has one word more",
    from: "order: up | down",
    to: "order: up | down | level",
    judged: fits,
  },
  // buf does not know that nobody sends the words of an answer.
  {
    what: "an answer loses a word",
    from: "state: all | some",
    to: "state: all | none",
    judged: { ours: "dangerous", FILE: true, WIRE_JSON: false },
  },
  {
    what: "an answer has one word more",
    from: "state: all | some",
    to: "state: all | some | none",
    judged: { ours: "dangerous", FILE: false, WIRE_JSON: false },
  },
  {
    what: "a default changes",
    from: "default: 1",
    to: "default: 2",
    judged: { ours: "dangerous", FILE: false, WIRE_JSON: false },
  },
];

async function judge(before: string, after: string, buf: string): Promise<Judgement> {
  const { stdout } = await succeed(
    hybridge,
    ["apply", "--json", "--allow-breaking", "--into", after],
    { cwd: after },
  );
  const { contract } = JSON.parse(stdout) as {
    contract: readonly { severity: "breaking" | "dangerous" }[];
  };
  const breaking = async (category: string) => {
    const config = JSON.stringify({ version: "v2", breaking: { use: [category] } });
    const { code, output } = await run(
      buf,
      [
        "breaking",
        join(after, "contracts"),
        "--against",
        join(before, "contracts"),
        "--config",
        config,
      ],
      { cwd: after },
    );
    // 100: something was found.
    assert.ok(code === 0 || code === 100, output);
    return code === 100;
  };
  const [file, wireJson] = await Promise.all([breaking("FILE"), breaking("WIRE_JSON")]);
  // The worst comes first.
  return { ours: contract[0]?.severity ?? "nothing", FILE: file, WIRE_JSON: wireJson };
}

/** Judges every change in folders below `work`, with the `buf` at a path.
 * @throws AssertionError with all that were judged otherwise than the table says */
export async function judgeAll(work: string, buf: string): Promise<void> {
  const before = join(work, "before");
  const source = join(work, "judged.yaml");
  writeFileSync(source, page);
  const arguments_ = ["new", "--from", source, "--into", before, "--no-lock", "--no-git"];
  await succeed(hybridge, arguments_, { cwd: work });
  const judged: Record<string, Judgement> = {};
  for (const [index, { what, from, to }] of rows.entries()) {
    const after = join(work, `after-${index}`);
    cpSync(before, after, { recursive: true });
    const blueprint = join(after, "hybridge.yaml");
    const text = readFileSync(blueprint, "utf8");
    assert.equal(text.split(from).length, 2, what);
    writeFileSync(blueprint, text.replace(from, to));
    judged[what] = await judge(before, after, buf);
  }
  const expected = Object.fromEntries(rows.map(({ what, judged }) => [what, judged]));
  assert.deepEqual(judged, expected);
}
