import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What the gateway counts, for `/metrics`. One set per gateway, so that tests can have their own. */
export class Metrics {
  readonly registry = new Registry();

  readonly #requests = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time from the request's headers to the end of the response",
    labelNames: ["method", "route", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });

  readonly #calls = new Histogram({
    name: "gateway_call_duration_seconds",
    help: "Time of calls to services, retries included",
    labelNames: ["service", "operation", "code"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });

  readonly retries = new Counter({
    name: "gateway_retries_total",
    help: "Calls that were sent again",
    labelNames: ["service"],
    registers: [this.registry],
  });

  readonly circuitOpen = new Gauge({
    name: "gateway_circuit_open",
    help: "1 while calls to the service fail at once because it does not answer",
    labelNames: ["service"],
    registers: [this.registry],
  });

  readonly jobs = new Gauge({
    name: "gateway_jobs",
    help: "Jobs that are kept, by status",
    labelNames: ["status"],
    registers: [this.registry],
  });

  readonly subscribers = new Gauge({
    name: "gateway_event_subscribers",
    help: "Clients that listen to events",
    registers: [this.registry],
  });

  readonly lagging = new Counter({
    name: "gateway_event_subscribers_lagging_total",
    help: "Clients that were sent away because they were too slow",
    registers: [this.registry],
  });

  readonly observationsDropped = new Counter({
    name: "gateway_observations_dropped_total",
    help: "Observations that no observer took in time",
    labelNames: ["service"],
    registers: [this.registry],
  });

  readonly #series = new Map<string, { observe(seconds: number): void }>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counts an answered request. `route` is the pattern, so that there are few of them. */
  request(method: string, route: string, status: number, seconds: number): void {
    const key = `${method} ${route} ${status}`;
    this.#seriesOf(key, () => this.#requests.labels(method, route, String(status))).observe(
      seconds,
    );
  }

  /** Counts a call. `code` is `ok` or that of the problem. */
  call(service: string, operation: string, code: string, seconds: number): void {
    const key = `${service} ${operation} ${code}`;
    this.#seriesOf(key, () => this.#calls.labels(service, operation, code)).observe(seconds);
  }

  /** Finding a series by its labels costs more than counting in it: it is done once. */
  #seriesOf(key: string, find: () => { observe(seconds: number): void }) {
    let series = this.#series.get(key);
    if (!series) {
      series = find();
      this.#series.set(key, series);
    }
    return series;
  }

  /** Serves `/metrics` where clients do not come: on a port of its own, that nothing publishes. */
  async listen(port: number, host: string): Promise<Server> {
    const server = createServer(async (request, response) => {
      if (request.url !== "/metrics") return response.writeHead(404).end();
      const text = await this.registry.metrics();
      return response.setHeader("content-type", this.registry.contentType).end(text);
    });
    await once(server.listen(port, host), "listening");
    return server;
  }
}
