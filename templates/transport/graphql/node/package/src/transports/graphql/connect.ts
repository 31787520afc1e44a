import type { Dispatcher } from "undici";
import { Problem } from "../../calls/problem.ts";
import type { Json, OperationContract } from "../../contract.ts";
import type { CallContext, Connect, ServiceEvent } from "../client.ts";
import { openHttp, problemOfDocument, problemOfResponse, record } from "../http/link.ts";
import { decode, encode } from "./codec.ts";
import type { GraphqlContract } from "./contract.ts";
import { eventReader } from "./events.ts";

/** Media type of an answer (GraphQL over HTTP). */
const MEDIA_TYPE = "application/graphql-response+json";

interface Result {
  readonly data?: Readonly<Record<string, Json>> | null;
  readonly errors?: readonly { readonly extensions?: unknown }[];
}

/**
 * Calls services in GraphQL over HTTP. Only identifiers of documents are sent, never texts: what a
 * service answers is what its contract has.
 *
 * https://graphql.github.io/graphql-over-http/draft/
 *
 * @param services The contracts of the services that are asked this way.
 */
export function connectWith(
  services: readonly { readonly name: string; readonly contract: GraphqlContract }[],
): Connect {
  return (link) => {
    const service = link.service.name;
    const contract = services.find(({ name }) => name === service)?.contract;
    if (!contract) throw new Error(`${service} has no documents`);
    const { operations, records } = contract;
    const http = openHttp(link);

    return {
      async call(operation: OperationContract, input: Json, context: CallContext): Promise<Json> {
        const asked = operations[operation.name];
        if (!asked) throw new Error(`${operation.name} of ${service} has no document`);
        const variables = asked.input && { input: encode(records, asked.input, input) };
        const question = {
          path: "/graphql",
          accept: MEDIA_TYPE,
          body: { documentId: asked.document, ...(variables && { variables }) },
          async read(response: Dispatcher.ResponseData): Promise<Json> {
            const data = await dataOf(response, service);
            return decode(records, asked.output, data[operation.name] ?? {});
          },
        };
        return http.ask(question, context);
      },

      events(options): AsyncIterable<ServiceEvent> {
        const request = {
          open: (after: string) => ({
            method: "POST" as const,
            path: "/graphql/stream",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ documentId: contract.events.document, variables: { after } }),
          }),
          read: eventReader(contract),
        };
        return http.follow(request, options);
      },

      health: http.health,
      close: http.close,
    };
  };
}

/** The data of a response. @throws Problem for what the service could not do */
async function dataOf(
  response: Dispatcher.ResponseData,
  service: string,
): Promise<Readonly<Record<string, Json>>> {
  // What stands before GraphQL (who is asking, how large a body is) answers with problem details.
  if (!String(response.headers["content-type"]).startsWith(MEDIA_TYPE)) {
    throw await problemOfResponse(response, service);
  }
  const { data, errors } = (await response.body.json()) as Result;
  const error = errors?.[0];
  if (error) {
    const reported = record(error.extensions);
    throw problemOfDocument(reported, "internal", Number(reported.retry_after), service);
  }
  if (!data) throw new Problem("internal", `The answer of ${service} holds no data`);
  return data;
}
