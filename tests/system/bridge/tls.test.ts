/** Who has no certificate of the system's CA reaches nothing, whatever carries the calls. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bridge, bridgeProject } from "../support/bridge.ts";
import { Broker } from "../support/brokers.ts";
import { identity, variablesOf } from "../support/certificates.ts";
import { problemOf } from "../support/client.ts";
import { connections } from "../support/transports.ts";
import { until } from "../support/until.ts";

/** What the logs say of a handshake that failed. */
const HANDSHAKE = /certificate|handshake|alert|TLS|SSL/i;

for (const transport of connections) {
  test(`mutual TLS over ${transport.name}`, async (context) => {
    const [own, strange] = await Promise.all([identity("own"), identity("strange")]);
    const broker = await (transport.broker && (await Broker[transport.broker](own)).start());
    const bridge = await Bridge.of(context, transport, {
      ...(broker && { broker }),
      env: {
        ...variablesOf(own),
        CALL_TIMEOUT_MS: "5000",
        ...(transport.broker === "kafka" && { KAFKA_SECURITY_PROTOCOL: "SSL" }),
        ...(transport.broker === "rabbitmq" && broker && { RABBITMQ_URL: broker.address }),
      },
    });
    const { system } = bridge;
    await system.prepare();
    const project = await bridgeProject(transport);
    const probe = () =>
      project
        .succeed(".venv/bin/python", ["-m", "service_runtime.probe", "/readyz"], {
          cwd: project.path("services/echo"),
          env: system.variables("echo"),
        })
        .then(() => "ready", String);
    const gateway = (variables: Readonly<Record<string, string>>) =>
      system.start("gateway", {
        ECHO_URL: system.url("echo").replace("http:", "https:"),
        ...variables,
      });

    system.start("echo");
    const isReady = (said: string) => said === "ready";
    await until("the probe succeeds", probe, isReady, { within: 60_000, every: 500 });
    await assert.rejects(fetch(`${system.url("echo")}/livez`), "the port is served in the clear");
    gateway({});
    await system.answers("gateway", "/readyz");
    assert.ok((await bridge.worked({ name: "trusted" })).key);
    const accepted = await bridge.startJob({ name: "job" });
    assert.equal((await bridge.finished(accepted.id)).status, "succeeded");
    await bridge.listen("echo.worked");
    await system.terminate("gateway");

    const refused = {
      "a server of another CA": { TLS_CA_FILE: strange.ca },
      "a client without a certificate": { TLS_CERT_FILE: "", TLS_KEY_FILE: "" },
      "a client of another CA": {
        TLS_CERT_FILE: strange.certificate,
        TLS_KEY_FILE: strange.key,
      },
      "a server of another name": { TLS_SERVER_NAME: "elsewhere.test" },
    };
    for (const [name, variables] of Object.entries(refused)) {
      await context.test(`${name} is refused`, async () => {
        const process = gateway(variables);
        await system.answers("gateway", "/livez");
        await problemOf(await bridge.work({ name }), 503, "unavailable");
        const ready = await fetch(`${system.url()}/readyz`);
        assert.equal(ready.status, 503);
        await process.says(HANDSHAKE, 15_000);
        assert.equal(bridge.count("begun", name), 0);
        await system.terminate("gateway");
      });
    }

    await context.test("files that are not there are named at the start", async () => {
      const process = gateway({ TLS_CA_FILE: "/nowhere/ca.pem" });
      const { code } = await process.end(30_000);
      assert.notEqual(code, 0);
      assert.match(process.output, /TLS_CA_FILE: .*\/nowhere\/ca\.pem/);
    });
  });
}
