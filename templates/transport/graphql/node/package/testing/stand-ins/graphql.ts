import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { execute, GraphQLError, type GraphQLObjectType, getOperationAST } from "graphql";
import type { Json } from "../../src/contract.ts";
import { joined, parted } from "./graphql/maps.ts";
import { type KnownDocument, knownDocuments } from "./graphql/schemas.ts";

/** A call as the stand-in received it. */
export interface ReceivedCall {
  readonly operation: string;
  readonly input: Json;
  readonly headers: IncomingMessage["headers"];
  /** Aborts when the gateway gives the call up. */
  readonly signal: AbortSignal;
}

/** Answers an operation: JSON for its result, or what to send instead. */
export type Answer = (call: ReceivedCall) => Promise<Json | Refusal | Raw> | Json | Refusal | Raw;

/** A problem, as an error of GraphQL. */
export class Refusal {
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(problem: Record<string, unknown>) {
    this.problem = problem;
  }
}

/** A response of something that knows no GraphQL. */
export class Raw {
  readonly status: number;
  readonly type: string;
  readonly body: string;

  constructor(status: number, type: string, body: string) {
    this.status = status;
    this.type = type;
    this.body = body;
  }
}

export interface GraphqlStandIn extends AsyncDisposable {
  /** Environment variables that lead a gateway here. */
  readonly variables: Readonly<Record<string, string>>;
  readonly port: number;
  readonly calls: readonly ReceivedCall[];
  /** Open subscriptions, with the id behind which each began. */
  readonly streams: readonly { readonly after: string; readonly response: ServerResponse }[];
  ready: boolean;
}

interface Body {
  readonly documentId: string;
  readonly variables?: { readonly [name: string]: Json };
}

/** Stands in for the sample service. */
export const standIn = standInWith(knownDocuments());

/** Stands in for services: each on a real port of the loopback, where it executes the `documents` of its
 * contract, with `answers` by operation. */
export function standInWith(documents: ReadonlyMap<string, KnownDocument>) {
  return (
    prefix: string,
    answers: Readonly<Record<string, Answer>>,
    port = 0,
  ): Promise<GraphqlStandIn> => open(documents, prefix, answers, port);
}

async function open(
  documents: ReadonlyMap<string, KnownDocument>,
  prefix: string,
  answers: Readonly<Record<string, Answer>>,
  port: number,
): Promise<GraphqlStandIn> {
  const calls: ReceivedCall[] = [];
  const streams: { after: string; response: ServerResponse }[] = [];
  const state = { ready: true };
  const server = createServer((request, response) => {
    if (request.url === "/readyz") {
      const problem = JSON.stringify({ code: "unavailable", detail: "the model is loading" });
      if (state.ready) send(response, new Raw(200, "application/json", "{}"));
      else send(response, new Raw(503, "application/problem+json", problem));
    } else if (request.url === "/graphql/stream") {
      void subscribe(request, response);
    } else {
      void operate(request, response);
    }
  });

  async function subscribe(request: IncomingMessage, response: ServerResponse) {
    const { variables } = (await json(request)) as Body;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": open\n\n");
    streams.push({ after: String(variables?.after), response });
  }

  async function operate(request: IncomingMessage, response: ServerResponse) {
    const left = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) left.abort();
    });
    const body = (await json(request)) as Body;
    const known = documents.get(body.documentId);
    if (!known) return send(response, failed({ code: "not_found", detail: "no such document" }));
    const { headers } = request;
    send(response, await run(known, body, { headers, signal: left.signal }));
  }

  async function run(
    { schema, node }: KnownDocument,
    { variables }: Body,
    call: Pick<ReceivedCall, "headers" | "signal">,
  ): Promise<Raw> {
    const operation = getOperationAST(node)?.name?.value ?? "";
    const kind = getOperationAST(node)?.operation;
    const root = kind === "query" ? schema.getQueryType() : schema.getMutationType();
    let raw: Raw | undefined;
    const resolve = async ({ input = {} }: { input?: Json }): Promise<Json> => {
      const { type, args } = fieldOf(root, operation);
      const plain = JSON.parse(JSON.stringify(input)) as Json;
      const taken = args[0] ? joined(plain, args[0].type) : plain;
      const received = { operation, input: taken, ...call };
      calls.push(received);
      const reported = (await answers[operation]?.(received)) ?? new Refusal({ code: "not_found" });
      if (reported instanceof Raw) raw = reported;
      if (reported instanceof Refusal) {
        throw new GraphQLError(String(reported.problem.detail), { extensions: reported.problem });
      }
      return reported instanceof Raw ? {} : parted(reported, type);
    };
    const result = await execute({
      schema,
      document: node,
      rootValue: { [operation]: resolve },
      variableValues: variables ?? {},
    });
    return raw ?? new Raw(200, "application/graphql-response+json", JSON.stringify(result));
  }

  const bound = await listen(server, port);
  return {
    variables: { [`${prefix}_URL`]: `http://127.0.0.1:${bound}` },
    port: bound,
    calls,
    streams,
    get ready() {
      return state.ready;
    },
    set ready(ready: boolean) {
      state.ready = ready;
    },
    // At once: open connections are cut.
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function fieldOf(root: GraphQLObjectType | null | undefined, name: string) {
  const field = root?.getFields()[name];
  if (!field) throw new Error(`the schema has no ${name}`);
  return field;
}

function failed(problem: Readonly<Record<string, unknown>>): Raw {
  const errors = [{ message: String(problem.detail), extensions: problem }];
  return new Raw(404, "application/graphql-response+json", JSON.stringify({ errors }));
}

function send(response: ServerResponse, { status, type, body }: Raw): void {
  response.writeHead(status, { "content-type": type }).end(body);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
