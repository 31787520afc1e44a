import type { Logger } from "pino";
import { type Authorize, authenticating, authorizing, checked } from "../auth/caller.ts";
import type { Authenticate, OpenAuthentication } from "../auth/interface.ts";
import type { OpenBackplane, Rates } from "../backplane/interface.ts";
import { createDispatch, type Dispatch, type Target } from "../calls/dispatch.ts";
import { Resilience } from "../calls/resilience.ts";
import { createValidation, type OpenApiDocument } from "../calls/validation.ts";
import type { OperationContract, ServiceContract } from "../contract.ts";
import { createHub, type EventHub } from "../events/hub.ts";
import type { OpenJobParts } from "../jobs/interface.ts";
import { Jobs } from "../jobs/jobs.ts";
import { createLog } from "../observability/log.ts";
import { Metrics } from "../observability/metrics.ts";
import { createReporter } from "../observability/reporting.ts";
import type { OpenRealtime, RawRoute, Realtime } from "../realtime/interface.ts";
import type { Identity, Link } from "../transports/client.ts";
import { consoleRoutes, type OpenConsole } from "./console.ts";
import { createReadiness, type Readiness } from "./readiness.ts";
import { type Config, Environment, readConfig } from "./settings.ts";

/** What is linked with what: the generated `wiring.ts`, or a test's own. */
export interface Wiring {
  readonly identity: Identity;
  /** The folder of the gateway's own code, where its plugins and routes stand. */
  readonly folder: string;
  readonly server: CreateServer;
  /** How it knows who is asking; without it everybody may ask, and is nobody. */
  readonly authentication?: OpenAuthentication;
  readonly links: readonly Link[];
  readonly observers: readonly OperationContract[];
  /** How calls are made, where there are more ways than one. */
  readonly dispatch?: typeof createDispatch;
  /** How jobs answer in parts, where operations do. */
  readonly jobParts?: OpenJobParts;
  readonly realtime: readonly OpenRealtime[];
  readonly backplane: OpenBackplane;
  /** Pages for people, where the gateway has them. */
  readonly console?: OpenConsole;
  readonly openapi: OpenApiDocument;
}

/** The public side of a gateway on some framework. */
export interface HttpServer {
  /** Begins to accept connections; resolves to the address. */
  listen(): Promise<string>;
  /** Accepts no more, and resolves when every request under way has been answered. */
  close(): Promise<void>;
}

/** What a framework exports as `createServer`. */
export type CreateServer = (gateway: Gateway) => Promise<HttpServer>;

/** Everything behind the HTTP framework. */
export interface Gateway {
  readonly folder: string;
  /** Pages for people, where they are served, and what the authentication brings. */
  readonly routes: readonly RawRoute[];
  readonly config: Config;
  /** For settings of the gateway's own: read them in a plugin, and `check` them there. */
  readonly environment: Environment;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly openapi: OpenApiDocument;
  readonly services: readonly ServiceContract[];
  readonly dispatch: Dispatch;
  readonly jobs: Jobs;
  readonly hub: EventHub;
  readonly realtime: readonly Realtime[];
  /** Asks the way of authentication once a request. */
  readonly authenticate: Authenticate;
  readonly authorize: Authorize;
  /** Counts requests over all gateways, where they have a backplane. */
  readonly rates: Rates | undefined;
  readonly readiness: () => Promise<Readiness>;
  /** Says that the end has come: not ready any more, no new jobs, streams and sockets end. Resolves
   * when the last of them is gone. */
  drain(): Promise<void>;
  /** Sends the last reports and lets go of the services; after the server is closed. */
  close(): Promise<void>;
}

/** Milliseconds for the last reports. */
const FLUSH_MS = 2000;

const openAnonymous: OpenAuthentication = () => ({ authenticate: async () => undefined });

/**
 * Reads the environment and puts the parts together.
 *
 * @throws EnvironmentError that names every variable that does not fit
 */
export function createGateway(
  variables: Readonly<Record<string, string | undefined>>,
  wiring: Wiring,
): Gateway {
  const environment = new Environment(variables);
  const config = readConfig(environment);
  const log = createLog(config);
  const { identity } = wiring;
  const clients = new Map(
    wiring.links.map(({ service, prefix, connect }) => {
      const concurrency = config.services.concurrency;
      return [service.name, connect({ identity, service, prefix, environment, concurrency, log })];
    }),
  );
  const backplane = wiring.backplane({ environment, identity, log });
  const { rates } = backplane;
  const openWay = wiring.authentication ?? openAnonymous;
  const authentication = openWay({ environment, identity, log, rates });
  const pages = consoleRoutes(wiring.console, environment, config.environment);
  const { authenticateStream: stream, renew } = authentication;
  const authenticate = authenticating(authentication.authenticate);
  const authorize = authorizing(authentication);
  environment.check();

  const shutdown = new AbortController();
  const metrics = new Metrics();
  const targets = new Map<string, Target>();
  for (const { service } of wiring.links) {
    const client = clients.get(service.name);
    if (!client) continue;
    const resilience = new Resilience(service.name, config.services, metrics);
    targets.set(service.name, { contract: service, client, resilience });
  }
  const services = wiring.links.map(({ service }) => service);
  const operations = services.flatMap((service) => Object.values(service.operations));
  const dispatch = (wiring.dispatch ?? createDispatch)({
    targets,
    metrics,
    authorize,
    validation: createValidation(wiring.openapi, operations),
    openapi: wiring.openapi,
    environment,
    callTimeoutMs: config.callTimeoutMs,
    reporter: () => (wiring.observers.length > 0 ? reporter : undefined),
  });
  const reporter = createReporter({ observers: wiring.observers, dispatch, metrics, log });
  const events = createHub({
    ...{ sources: [...targets.values()], metrics, log, authorize },
    ...config.events,
  });
  const { bytes } = config.jobs;
  const parts = wiring.jobParts?.({ hub: events, dispatch, services, environment, bytes });
  const hub = parts?.hub ?? events;
  const durableJobs = [...targets.values()].flatMap(({ contract, client }) =>
    client.jobs ? [{ contract, open: client.jobs.open }] : [],
  );
  const settings = config.jobs;
  const jobs = new Jobs({ dispatch, hub, parts, metrics, log, durableJobs, settings, backplane });
  const readiness = createReadiness({
    clients,
    backplane,
    authentication,
    shutdown: shutdown.signal,
  });
  const realtime = wiring.realtime.map((open) =>
    open({
      ...{ services, hub, dispatch, jobs, config, log, shutdown: shutdown.signal },
      authenticate: stream ? authenticating(stream) : authenticate,
      renew: renew && (async (credential) => checked(await renew(credential))),
    }),
  );

  return {
    folder: wiring.folder,
    routes: [...pages, ...(authentication.routes ?? [])],
    config,
    environment,
    log,
    metrics,
    openapi: wiring.openapi,
    services,
    dispatch,
    jobs,
    hub,
    realtime,
    authenticate,
    authorize,
    rates,
    readiness,
    async drain() {
      shutdown.abort();
      const ways = realtime.map((way) => way.close());
      await Promise.all([...ways, jobs.close(config.shutdownGraceMs / 2)]);
    },
    async close() {
      await reporter.close(FLUSH_MS);
      await hub.close();
      await backplane.close();
      for (const { client } of targets.values()) await client.close();
    },
  };
}
