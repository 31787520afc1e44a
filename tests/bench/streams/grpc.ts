/** gRPC by hand: grpc-js, and the messages that ts-proto makes of the contract. */
import { Client, credentials } from "@grpc/grpc-js";
import { begin, frame, type Tell } from "./events.ts";

/** What is used of a message. */
interface Message<T> {
  encode(value: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

interface Answer {
  readonly item?:
    | { readonly $case: "part"; readonly part: object }
    | { readonly $case: "output"; readonly output: object };
}

export async function connect(): Promise<Tell> {
  const stubs = new URL("../src/transports/grpc/stubs/echo.ts", import.meta.url);
  const pb: { TellRequest: Message<object>; TellResponse: Message<Answer> } = await import(
    stubs.href
  );
  const client = new Client(process.env.BENCH_SERVICE ?? "", credentials.createInsecure());
  const encode = (question: object) => Buffer.from(pb.TellRequest.encode(question).finish());
  return (question, response) => {
    const path = "/bench.Bench/Tell";
    const call = client.makeServerStreamRequest(path, encode, pb.TellResponse.decode, question);
    response.on("close", () => call.cancel());
    begin(response);
    call.on("data", ({ item }: Answer) => {
      if (item?.$case === "part") response.write(frame("part", JSON.stringify(item.part)));
      if (item?.$case === "output") response.write(frame("end", JSON.stringify(item.output)));
    });
    call.on("end", () => response.end());
    call.on("error", () => response.destroy());
  };
}
