import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import pRetry from "p-retry";
import { openCall } from "../../../src/calls/dispatch.ts";
import { Problem } from "../../../src/calls/problem.ts";
import { createGateway } from "../../../src/server/gateway.ts";
import { EnvironmentError } from "../../../src/server/settings.ts";
import { connect } from "../../../src/transports/rabbitmq.ts";
import { sample, sampleWiring } from "../../../testing/sample.ts";
import { closing } from "../../../testing/serve.ts";
import { skip, standIn } from "../../../testing/stand-ins/rabbitmq.ts";
import { ending, openClient } from "../../../testing/transports/messages.ts";

const nowhere = { RABBITMQ_URL: "amqp://guest:secret-word@127.0.0.1:1" };

describe("the health of a service over RabbitMQ", { skip }, () => {
  test("is that somebody takes its calls", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    const client = openClient(t, connect, service.variables);
    await client.health(ending(t));
    await service.leave();
    await assert.rejects(client.health(ending(t)), {
      code: "unavailable",
      message: "sample takes no calls from RabbitMQ",
    });
  });

  test("comes back with a queue that was deleted", async (t) => {
    const service = closing(t, await standIn("SAMPLE", { read: () => ({ length: 1 }) }));
    const client = openClient(t, connect, service.variables);
    await client.health(ending(t));
    await service.lose();
    const call = openCall({ timeoutMs: 5000 });
    t.after(() => call.close());
    const ask = () => client.call(sample.operations.read, {}, call);
    await assert.rejects(ask(), { message: "sample has no queue", sent: false });
    await until(t, () => assert.rejects(client.health(ending(t)), /takes no calls/));
    await service.come();
    assert.deepEqual(await ask(), { length: 1 });
  });
});

test("a broker that is not there is reported without the password, and nothing was sent", async (t) => {
  const client = openClient(t, connect, nowhere);
  const call = openCall({ timeoutMs: 10_000 });
  t.after(() => call.close());
  await assert.rejects(client.call(sample.operations.read, {}, call), (problem) => {
    assert.ok(problem instanceof Problem);
    assert.deepEqual([problem.code, problem.sent], ["unavailable", false]);
    assert.match(String(problem), /RabbitMQ at 127\.0\.0\.1:1 does not answer/);
    assert.doesNotMatch(String(problem), /secret-word/);
    return true;
  });
});

test("a wrong environment is reported", () => {
  const variables = { APP_ENV: "production", RABBITMQ_URL: "http://x", RABBITMQ_NAMESPACE: "a b" };
  assert.throws(
    () => createGateway(variables, sampleWiring(connect)),
    (error) => {
      assert.ok(error instanceof EnvironmentError);
      for (const name of ["RABBITMQ_URL", "RABBITMQ_NAMESPACE", "RABBITMQ_PASSWORD"]) {
        assert.match(error.message, new RegExp(`^ {2}${name}: `, "m"));
      }
      return true;
    },
  );
});

/** Waits until `holds` does not throw any more. */
export async function until(test: TestContext, holds: () => Promise<void>): Promise<void> {
  const signal = ending(test);
  await pRetry(holds, { retries: Number.POSITIVE_INFINITY, maxTimeout: 100, signal });
}
