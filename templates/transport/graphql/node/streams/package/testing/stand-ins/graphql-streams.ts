import { json } from "node:stream/consumers";
import {
  defaultFieldResolver,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  GraphQLString,
  getNullableType,
  getOperationAST,
  subscribe,
} from "graphql";
import { Problem } from "../../src/calls/problem.ts";
import type { Json } from "../../src/contract.ts";
import { connectWith } from "../../src/transports/graphql/connect.ts";
import { type OpenStreamStandIn, streamsWiring, type Tell } from "../streams.ts";
import { joined, parted } from "./graphql/maps.ts";
import { type KnownDocument, knownDocuments } from "./graphql/schemas.ts";
import contract from "./graphql/streams.json" with { type: "json" };
import type { Receive } from "./http.ts";
import { openHttpStreams, sendEvent } from "./http-streams.ts";

/** A gateway in front of the sample service that answers in parts, which it asks in GraphQL. */
export const wiring = streamsWiring(connectWith([{ name: "sample", contract }]));

const documents = knownDocuments();

/** A service on a real port of the loopback, which executes the documents of its contract. */
export const standIn: OpenStreamStandIn = (prefix, tell) =>
  openHttpStreams(prefix, async (request, receive, response) => {
    const { documentId, variables } = (await json(request)) as Body;
    const known = documents.get(documentId);
    if (!known || request.url !== "/graphql/stream") {
      response.writeHead(404, { "content-type": "application/problem+json" });
      response.end('{"code":"not_found","detail":"there is no such document"}');
      return;
    }
    const given = new AbortController();
    response.once("close", () => given.abort());
    try {
      for await (const result of await execute(known, variables ?? {}, tell, receive)) {
        await sendEvent(response, "next", JSON.stringify(result), given.signal);
      }
      await sendEvent(response, "complete", "", given.signal);
      response.end();
    } catch (error) {
      if (!given.signal.aborted) throw error;
    }
  });

interface Body {
  readonly documentId: string;
  readonly variables?: { readonly [name: string]: Json };
}

async function execute(
  { schema, node }: KnownDocument,
  variableValues: NonNullable<Body["variables"]>,
  tell: Tell,
  receive: Receive,
): Promise<AsyncIterable<object>> {
  const name = getOperationAST(node)?.name?.value ?? "";
  const field = fieldOf(schema.getSubscriptionType(), name);

  async function* source({ input = {} }: { input?: Json }) {
    const plain = JSON.parse(JSON.stringify(input)) as Json;
    const call = receive(name, field.args[0] ? joined(plain, field.args[0].type) : plain);
    try {
      for await (const item of tell(call)) yield { [name]: parted({ ...item }, field.type) };
    } catch (error) {
      const problem = Problem.from(error);
      const extensions = { ...problem.body(), retry_after: problem.retryAfter };
      const refuse = () => {
        throw new GraphQLError(problem.message, { extensions });
      };
      yield { [name]: refuse };
    }
  }

  const results = await subscribe({
    schema,
    document: node,
    rootValue: { [name]: source },
    variableValues,
    fieldResolver: resolveStrictly,
  });
  if (!(Symbol.asyncIterator in results)) throw new Error(JSON.stringify(results));
  return results;
}

/** Services give what their contract has: GraphQL would make a text of a number. */
const resolveStrictly: GraphQLFieldResolver<unknown, unknown> = (...asked) => {
  const value = defaultFieldResolver(...asked);
  const isText = getNullableType(asked[3].returnType) === GraphQLString;
  if (isText && typeof value !== "string") throw new TypeError(`${value} is no text`);
  return value;
};

function fieldOf(root: GraphQLObjectType | null | undefined, name: string) {
  const field = root?.getFields()[name];
  if (!field) throw new Error(`the schema has no ${name}`);
  return field;
}
