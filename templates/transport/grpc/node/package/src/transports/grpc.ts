import { type Client, type ClientUnaryCall, Metadata } from "@grpc/grpc-js";
import { EnvError, makeExactValidator } from "envalid";
import { callerHeader } from "../auth/caller.ts";
import { Problem } from "../calls/problem.ts";
import { traceHeaders } from "../observability/tracing.ts";
import type { Connect, LinkSettings } from "./client.ts";
import { Channels, dialing } from "./grpc/channel.ts";
import type { Codec } from "./grpc/codec.ts";
import { openStream } from "./grpc/events.ts";
import { check } from "./grpc/health.ts";
import { problemOf } from "./grpc/problems.ts";
import { replicasOf } from "./grpc/replicas.ts";
import { unary } from "./grpc/unary.ts";
import { anyOf } from "./replicas/addresses.ts";
import { followReplicas } from "./replicas/follow.ts";

/** Milliseconds in which a connection stands. */
const CONNECT_MS = 1000;

/**
 * Calls services over gRPC, as their contracts say.
 *
 * @param known How each service is asked, by its name
 */
export function connectWith(known: ReadonlyMap<string, Codec>): Connect {
  return (link) => {
    const { name } = link.service;
    const codec = known.get(name);
    if (!codec) throw new Error(`there is no gRPC contract of ${name}`);
    const { address, authorization, tls } = readSettings(link);
    const replicas = replicasOf(address);
    const dial = dialing(address, tls);
    const channels = new Channels(() => dial(address));

    const metadataOf = (headers: Readonly<Record<string, string>>): Metadata => {
      const metadata = new Metadata();
      for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
      metadata.set("authorization", authorization);
      return metadata;
    };
    // Of a call that has no connection, gRPC knows only the name that it would connect to.
    const hasConnection = (call: ClientUnaryCall | undefined, client: Client): boolean => {
      const peer = call?.getPeer() ?? "unknown";
      return peer !== "unknown" && peer !== client.getChannel().getTarget();
    };

    return {
      call(operation, input, { deadline, signal, idempotencyKey, caller }) {
        return channels.use(async (client) => {
          if (deadline <= Date.now()) {
            throw new Problem("deadline_exceeded", "No time was left", { sent: false });
          }
          let begun: ClientUnaryCall | undefined;
          try {
            const method = codec.operations[operation.name];
            if (!method) throw new Error(`the gRPC contract of ${name} has no ${operation.name}`);
            const answer = await unary(client, {
              path: method.path,
              message: method.encode(input),
              metadata: metadataOf({
                ...traceHeaders(),
                "idempotency-key": idempotencyKey,
                ...callerHeader(caller),
              }),
              signal,
              // Sent along as `grpc-timeout`: what is left of it.
              options: { deadline },
              begun: (call) => {
                begun = call;
              },
            });
            return method.decode(answer);
          } catch (error) {
            throw problemOf({ error, signal, service: name, sent: hasConnection(begun, client) });
          }
        });
      },

      events(options) {
        return followReplicas({
          addresses: replicas,
          open: (target, after, signal) =>
            openStream({
              ...{ dial, target, stream: codec.events },
              ...{ metadata: metadataOf({}), after, signal },
            }),
          ...options,
          log: link.log,
          service: name,
        });
      },

      async health(signal) {
        try {
          await anyOf(replicas, async (target) => {
            const replica = dial(target);
            try {
              await check(replica, metadataOf({}), signal, name);
            } finally {
              replica.close();
            }
          });
        } catch (error) {
          throw problemOf({ error, signal, service: name, sent: true });
        }
        if (!(await channels.use(hasConnected))) {
          throw new Problem("unavailable", `${name} cannot be reached`);
        }
      },

      async close() {
        channels.close();
      },
    };
  };
}

/**
 * Whether calls have a connection, which is not that of the question about health: a channel that lost
 * its own waits before it tries again, and refuses every call meanwhile.
 */
function hasConnected(client: Client): Promise<boolean> {
  return new Promise((resolve) => {
    client.waitForReady(Date.now() + CONNECT_MS, (error) => resolve(error === undefined));
  });
}

/** `host:port`, or a name as gRPC resolves it: https://github.com/grpc/grpc/blob/master/doc/naming.md */
const grpcAddress = makeExactValidator<string>((text) => {
  if (!/^(?:dns:\/{2,3}|ipv4:|ipv6:)?[^\s/]+:\d{1,5}$/.test(text)) {
    throw new EnvError(`"${text}" is neither host:port nor dns:///host:port`);
  }
  return text;
});

function readSettings({ environment, prefix }: LinkSettings) {
  const name = `${prefix}_GRPC_ADDRESS`;
  const address = environment.read({ [name]: grpcAddress() })[name];
  const [token] = environment.serviceTokens();
  // A wrong address has been reported; until that is judged any other does.
  const authorization = `Bearer ${token}`;
  return { address: address ?? "127.0.0.1:1", authorization, tls: environment.tls() };
}
