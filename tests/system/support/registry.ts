/** A container registry of the tests' own, which forgets everything at its end. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { docker } from "./docker.ts";
import { freshFolder } from "./places.ts";
import { freePort } from "./ports.ts";
import { Process } from "./process.ts";

const HOST = "127.0.0.1";
const START_MS = 30_000;

/** Debian's `docker-registry`, without TLS: Docker asks for none of this machine's own addresses. */
export class Registry {
  /** What the names of its images begin with. */
  readonly address: string;
  readonly #process: Process;

  private constructor(address: string, process: Process) {
    this.address = address;
    this.#process = process;
  }

  /** @throws Error with its output when it does not come up */
  static async start(): Promise<Registry> {
    const folder = freshFolder("registry");
    const address = `${HOST}:${await freePort()}`;
    const config = join(folder, "config.json");
    const settings = {
      version: "0.1",
      storage: { filesystem: { rootdirectory: join(folder, "data") } },
      http: { addr: address },
    };
    // YAML 1.2 takes JSON as it is.
    writeFileSync(config, JSON.stringify(settings));
    const process = new Process("docker-registry", ["serve", config], { cwd: folder });
    await process.says(/listening on/, START_MS);
    return new Registry(address, process);
  }

  /** Gives an image that the engine has a name here, or moves the name to it. */
  async push(image: string, name: string): Promise<void> {
    const tag = `${this.address}/${name}`;
    await docker("tag", image, tag);
    try {
      await docker("push", "--quiet", tag);
    } finally {
      await docker("rmi", "--no-prune", tag);
    }
  }

  end(): void {
    this.#process.killAll();
  }
}
