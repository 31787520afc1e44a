import type { IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { execute, GraphQLError, type GraphQLObjectType, getOperationAST } from "graphql";
import { Problem } from "../../src/calls/problem.ts";
import type { Json } from "../../src/contract.ts";
import { connectWith } from "../../src/transports/graphql/connect.ts";
import { sampleWiring } from "../sample.ts";
import type { Answer, OpenStandIn } from "./direct.ts";
import { joined, parted } from "./graphql/maps.ts";
import contract from "./graphql/sample.json" with { type: "json" };
import { type KnownDocument, knownDocuments } from "./graphql/schemas.ts";
import { openHttpStandIn, Raw, type Receive } from "./http.ts";

interface Body {
  readonly documentId: string;
  readonly variables?: { readonly [name: string]: Json };
}

/** Media type of what GraphQL says over HTTP. */
const RESPONSE = "application/graphql-response+json";

/** A gateway in front of the sample service, which it asks in GraphQL. */
export const wiring = sampleWiring(connectWith([{ name: "sample", contract }]));

/** Stands in for the sample service. */
export const standIn = standInWith(knownDocuments());

/** Stands in for services: each on a real port of the loopback, where it executes the `documents` of its
 * contract, with `answers` by operation. */
export function standInWith(documents: ReadonlyMap<string, KnownDocument>): OpenStandIn<Raw> {
  return (prefix, answers, port = 0) =>
    openHttpStandIn(prefix, port, {
      events: "/graphql/stream",
      after: async (request) => String((await bodyOf(request)).variables?.after),
      format({ id, name, time, data }) {
        const type = name === "stream.gap" ? "StreamGap" : `${pascal(name)}Event`;
        const events = { __typename: type, id, time, [type]: data };
        return `event: next\ndata: ${JSON.stringify({ data: { events } })}\n\n`;
      },
      noise: [
        "event: next\ndata: {not json\n\n",
        'event: next\ndata: {"data":null,"errors":[{"message":"no"}]}\n\n',
        "event: complete\ndata: \n\n",
      ],
      async operate(request, receive) {
        const body = await bodyOf(request);
        const known = documents.get(body.documentId);
        if (known) return run(known, body, answers, receive);
        const errors = [{ message: "no such document", extensions: { code: "not_found" } }];
        return new Raw(404, RESPONSE, JSON.stringify({ errors }));
      },
    });
}

async function run(
  { schema, node }: KnownDocument,
  { variables }: Body,
  answers: Readonly<Record<string, Answer<Raw>>>,
  receive: Receive,
): Promise<Raw> {
  const operation = getOperationAST(node)?.name?.value ?? "";
  const kind = getOperationAST(node)?.operation;
  const root = kind === "query" ? schema.getQueryType() : schema.getMutationType();
  let raw: Raw | undefined;
  const resolve = async ({ input = {} }: { input?: Json }): Promise<Json> => {
    const { type, args } = fieldOf(root, operation);
    const plain = JSON.parse(JSON.stringify(input)) as Json;
    const call = receive(operation, args[0] ? joined(plain, args[0].type) : plain);
    const missing = new Problem("not_found", "There is no such operation");
    const answer = (await answers[operation]?.(call)) ?? missing;
    if (answer instanceof Raw) raw = answer;
    if (answer instanceof Problem) {
      // Who is asking is judged before the document is.
      if (answer.code === "unauthenticated") raw = Raw.problem(answer);
      const { code, message, errors, retryAfter } = answer;
      const extensions = { code, detail: message, errors, retry_after: retryAfter };
      throw new GraphQLError(message, { extensions });
    }
    return answer instanceof Raw ? {} : parted(answer, type);
  };
  const result = await execute({
    schema,
    document: node,
    rootValue: { [operation]: resolve },
    variableValues: variables ?? {},
  });
  return raw ?? new Raw(200, RESPONSE, JSON.stringify(result));
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  return (await json(request)) as Body;
}

function fieldOf(root: GraphQLObjectType | null | undefined, name: string) {
  const field = root?.getFields()[name];
  if (!field) throw new Error(`the schema has no ${name}`);
  return field;
}

function pascal(name: string): string {
  return name.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
