/** A place where models are fetched: the part of Hugging Face's API that llama.cpp asks. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** Has one model, under the name of any repository and of the quantization that is asked for. */
export class Hub {
  /** How often the model was fetched. */
  fetched = 0;
  readonly port: number;

  private constructor(port: number) {
    this.port = port;
  }

  /**
   * Starts one that containers reach, until the end of the test.
   *
   * @param model A file (GGUF)
   * @param repository As llama.cpp is told: `<owner>/<name>:<quantization>`
   */
  static async start(
    test: { after(end: () => void): void },
    model: string,
    repository: string,
  ): Promise<Hub> {
    const [name, quantization] = repository.split(":");
    assert.ok(quantization, repository);
    const bytes = readFileSync(model);
    const lfs = { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
    const file = { type: "file", path: `model-${quantization}.gguf`, size: lfs.size, lfs };
    const server = createServer((request, response) => {
      const json = (value: unknown) => response.end(JSON.stringify(value));
      switch (request.url) {
        case `/api/models/${name}/refs`:
          return json({ branches: [{ name: "main", targetCommit: COMMIT }] });
        case `/api/models/${name}/tree/${COMMIT}?recursive=true`:
          return json([file]);
        case `/${name}/resolve/${COMMIT}/${file.path}`:
          response.writeHead(200, { "content-length": lfs.size, etag: `"${lfs.oid}"` });
          if (request.method === "HEAD") return response.end();
          hub.fetched += 1;
          return createReadStream(model).pipe(response);
        default:
          return response.writeHead(404).end();
      }
    });
    await once(server.listen(0, "0.0.0.0"), "listening");
    test.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const hub = new Hub((server.address() as AddressInfo).port);
    return hub;
  }
}
