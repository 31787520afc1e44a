/** Reads answers in parts, many at once, in a process of its own, and counts their parts. */
import { Pool } from "undici";

export interface Order {
  readonly origin: string;
  readonly streams: number;
  /** Parts of each answer. */
  readonly words: number;
  /** Seconds behind each part. */
  readonly seconds: number;
}

/** Sent once all answers have begun, and whenever it is asked for. */
export interface Count {
  readonly parts: number;
}

const PART = Buffer.from("event: part\n");

process.on("message", (message: Order | "count") => {
  if (message === "count") process.send?.({ parts } satisfies Count);
  else void open(message);
});

let parts = 0;

async function open({ origin, streams, words, seconds }: Order): Promise<void> {
  const pool = new Pool(origin, { connections: streams, bodyTimeout: 0, headersTimeout: 0 });
  const headers = { accept: "text/event-stream", "content-type": "application/json" };
  const begun = Array.from({ length: streams }, async (_, number) => {
    const body = JSON.stringify({ name: `stream-${number}`, words, seconds, size: 5 });
    const answer = await pool.request({ method: "POST", path: "/api/echo/tell", headers, body });
    if (answer.statusCode !== 200) throw new Error(await answer.body.text());
    const first = Promise.withResolvers<void>();
    answer.body.on("data", (chunk: Buffer) => {
      // A piece of the stream may end in the middle of a line: it is counted by none or one part less, which
      // matters to no rate.
      for (let at = chunk.indexOf(PART); at >= 0; at = chunk.indexOf(PART, at + 1)) parts += 1;
      first.resolve();
    });
    answer.body.on("error", (error) => first.reject(error));
    await first.promise;
  });
  await Promise.all(begun);
  process.send?.({ parts } satisfies Count);
}

process.send?.("here");
