/** GraphQL by hand: undici, and the results of a subscription as server-sent events. */
import { createParser } from "eventsource-parser";
import { Pool } from "undici";
import { begin, frame, type Tell } from "./events.ts";

interface Result {
  readonly data: {
    readonly tell: { readonly part: object | null; readonly output: object | null };
  };
}

const query = `subscription ($input: TellInput!) {
  tell(input: $input) { part { number word } output { words } }
}`;

export function connect(): Tell {
  const pool = new Pool(`http://${process.env.BENCH_SERVICE}`, {
    connections: 2000,
    bodyTimeout: 0,
  });
  const headers = { accept: "text/event-stream", "content-type": "application/json" };
  return async (input, response) => {
    const left = new AbortController();
    response.on("close", () => left.abort());
    const body = JSON.stringify({ query, variables: { input } });
    const request = {
      method: "POST",
      path: "/graphql",
      headers,
      body,
      signal: left.signal,
    } as const;
    const answer = await pool.request(request);
    begin(response);
    const parser = createParser({
      onEvent({ event, data }) {
        if (event !== "next") return;
        const { part, output } = (JSON.parse(data) as Result).data.tell;
        if (part) response.write(frame("part", JSON.stringify(part)));
        if (output) response.end(frame("end", JSON.stringify(output)));
      },
    });
    const text = answer.body.setEncoding("utf8");
    text.on("data", (chunk: string) => parser.feed(chunk));
    text.on("error", () => response.destroy());
  };
}
