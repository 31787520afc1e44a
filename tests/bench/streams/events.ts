/** What the gateways by hand have in common: server-sent events, as one writes them. */
import type { ServerResponse } from "node:http";

/** What is asked. */
export interface Question {
  readonly name: string;
  readonly words: number;
  readonly seconds: number;
  readonly size: number;
}

/** Asks the service, and writes what it gives into the response until its client leaves. */
export type Tell = (question: Question, response: ServerResponse) => void;

export function begin(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
}

/** @param data JSON */
export function frame(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
