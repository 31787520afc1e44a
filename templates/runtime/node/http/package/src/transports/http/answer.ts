import type { Dispatcher } from "undici";

/** An answer that was read to its end. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Dispatcher.ResponseData["headers"];
  readonly text: string;
}

/**
 * Asks, and reads the answer to its end. undici's own `request` makes a stream of each answer: where it
 * is only gathered, that takes as long as all else that undici does.
 *
 * @throws the reason of `signal`, or what undici says
 */
export function askWhole(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const gathering = new Gathering(signal, resolve, reject);
    // For as long as there is the signal, which is that of one call.
    signal.addEventListener("abort", () => gathering.abort(), { once: true });
    dispatcher.dispatch(options, gathering);
  });
}

const decoder = new TextDecoder();

class Gathering implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #statusCode = 0;
  #headers: Answer["headers"] = {};

  constructor(
    signal: AbortSignal,
    resolve: (answer: Answer) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Nobody waits any more, not even for a connection. What waits for one is dropped when its turn comes. */
  abort(): void {
    this.#reject(this.#signal.reason);
    this.#controller?.abort(this.#signal.reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Nothing of it is sent, and the connection stays: to abort it here would end that.
    this.#signal.throwIfAborted();
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Answer["headers"],
  ): void {
    this.#statusCode = statusCode;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first, ...others] = this.#chunks;
    const body = others.length > 0 ? Buffer.concat(this.#chunks) : first;
    const text = decoder.decode(body);
    this.#resolve({ statusCode: this.#statusCode, headers: this.#headers, text });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }
}
