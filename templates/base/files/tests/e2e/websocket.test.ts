import assert from "node:assert/strict";
import { suite, test } from "node:test";
import pRetry from "p-retry";
import { anyOperation, offers, operations } from "./gateway.ts";
import { startJob } from "./jobs.ts";
import { assertProblem, assertUnimplemented } from "./problems.ts";
import { assertMatches } from "./schemas.ts";
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

  test("tells what is wrong with a call", async (context) => {
    const socket = await Socket.open(context);
    const { service, name } = anyOperation();
    const input = { no_such_field: 1 };
    socket.send({ type: "call", id: "1", service, operation: name, input });
    const answer = await socket.next(({ type }) => type === "error");
    assert.ok(answer.type === "error" && answer.id === "1");
    assertProblem(answer.problem, 400, "invalid_argument");
    assert.ok(answer.problem.errors?.length);
  });

  test("pushes the events of a channel once it is subscribed to", async (context) => {
    // A job may be over before its channel is known. Those that wait longest are listened to; when
    // they are over too, the next ones are tried.
    await pRetry(
      async () => {
        const socket = await Socket.open(context);
        const jobs = await Promise.all(Array.from({ length: 48 }, () => startJob(anyOperation())));
        const channels = jobs.slice(-8).map(({ id }) => `jobs.${id}`);
        for (const channel of channels) socket.send({ type: "subscribe", channel });
        const event = await socket.next(({ type }) => type === "event", 1000);
        assert.ok(event.type === "event" && channels.includes(event.channel));
      },
      { retries: 10, minTimeout: 100, factor: 1 },
    );
  });

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
