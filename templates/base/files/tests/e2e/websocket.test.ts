import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertMatches, assertProblem, assertUnimplemented } from "./assertions.ts";
import { anyOperation, type Json, linked, offers, operations } from "./gateway.ts";
import { finished, startJob } from "./jobs.ts";
import { Socket } from "./socket.ts";

suite("WebSocket", { skip: !offers("/api/ws") && "not chosen" }, () => {
  for (const { id, service, name, example, output } of operations) {
    test(`calls ${id}`, async (context) => {
      const socket = await Socket.open(context);
      socket.send({ type: "call", id: "1", service, operation: name, input: example });
      const answer = await socket.next((message) => message.type !== "event");
      assert.equal(answer.id, "1");
      if (answer.type === "error") return assertUnimplemented(answer.problem);
      assert.equal(answer.type, "result");
      assertMatches(answer.output, output);
    });
  }

  test("answers calls under their ids, however many are under way", async (context) => {
    const socket = await Socket.open(context);
    const { service, name, example } = anyOperation();
    const ids = ["a", "b", "c", "d", "e"];
    for (const id of ids) {
      socket.send({ type: "call", id, service, operation: name, input: example });
    }
    for (const id of ids) {
      await socket.next((message) => message.type !== "event" && message.id === id);
    }
  });

  test("says what is wrong with a call", async (context) => {
    const socket = await Socket.open(context);
    const { service, name } = anyOperation();
    const input = { no_such_field: 1 };
    socket.send({ type: "call", id: "1", service, operation: name, input });
    const answer = await socket.next(({ type }) => type === "error");
    assert.ok(answer.type === "error" && answer.id === "1");
    assertProblem(answer.problem, 400, "invalid_argument");
    assert.ok(answer.problem.errors?.length);
  });

  for (const operation of linked) {
    test(`says how far a job of ${operation.service} is, though it be over`, async (context) => {
      const job = await finished(await startJob(operation));
      const socket = await Socket.open(context);
      socket.send({ type: "subscribe", channel: `jobs.${job.id}` });
      // Ahead of its end a job that gives parts has those.
      const isEnd = (data: Json) => !operation.inParts || "finished" in Object(data);
      const event = await socket.next((it) => it.type === "event" && isEnd(it.data));
      assert.ok(event.type === "event");
      assert.equal(event.channel, `jobs.${job.id}`);
      assert.partialDeepStrictEqual(event.data, { status: job.status, finished: job.finished });
    });
  }

  test("refuses a channel that no service has", async (context) => {
    const socket = await Socket.open(context);
    socket.send({ type: "subscribe", channel: "no-such-service.event" });
    const answer = await socket.next(({ type }) => type === "error");
    assert.ok(answer.type === "error");
    assertProblem(answer.problem, 404, "not_found");
  });

  test("refuses what is not a message", async (context) => {
    const socket = await Socket.open(context);
    socket.send({ type: "no such type" });
    const answer = await socket.next(({ type }) => type === "error");
    assert.ok(answer.type === "error");
    assertProblem(answer.problem, 400, "invalid_argument");
  });
});
