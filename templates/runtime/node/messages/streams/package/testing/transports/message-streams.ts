import { once } from "node:events";
import { test } from "node:test";
import { streamOf } from "../../src/calls/streams.ts";
import { closing, serve } from "../serve.ts";
import { type ReceivedCall, sample } from "../streams.ts";
import { type StreamTransport, testStreams } from "./streams.ts";

/** What holds of answers in parts on every transport, and what only a broker makes necessary. */
export function testMessageStreams({ wiring, standIn }: StreamTransport): void {
  testStreams({ wiring, standIn });

  test("what is read when a gateway closes ends at the service at once", async (t) => {
    const asked = Promise.withResolvers<ReceivedCall>();
    const tell = async function* (call: ReceivedCall) {
      asked.resolve(call);
      yield { part: { word: "0" } };
      await once(call.signal, "abort");
    };
    const service = closing(t, await standIn("SAMPLE", tell));
    const { gateway } = closing(t, await serve(wiring, service.variables));
    // As its own code does: of what its clients read, it has ended the rest before.
    const answer = streamOf(gateway.dispatch, sample.operations.tell, { topic: "words" });
    const items = answer[Symbol.asyncIterator]();
    t.after(() => items.return?.());
    await items.next();
    const { signal } = await asked.promise;
    await gateway.close();
    if (!signal.aborted) await once(signal, "abort", { signal: AbortSignal.timeout(1000) });
  });
}
