import { str } from "envalid";
import type { RawRoute } from "../realtime/interface.ts";
import type { Environment } from "./settings.ts";

/** Pages for people, which a package of their own brings. */
export interface Console {
  /** The addresses of all files. */
  readonly paths: readonly string[];
  read(path: string): Promise<ConsoleFile>;
}

export interface ConsoleFile {
  /** Media type. */
  readonly type: string;
  readonly body: Uint8Array;
  /** Changes with the body. */
  readonly etag: string;
}

/** `reload`: those who work on the pages see what they changed. */
export type OpenConsole = (options: { readonly reload: boolean }) => Console;

/**
 * The routes of the pages. There are none in production, unless `CONSOLE` says so.
 *
 * @param open absent where the gateway has no pages
 */
export function consoleRoutes(
  open: OpenConsole | undefined,
  environment: Environment,
  stage: "development" | "test" | "production",
): readonly RawRoute[] {
  if (!open) return [];
  const { CONSOLE } = environment.read({
    CONSOLE: str({ choices: ["on", "off"], default: stage === "production" ? "off" : "on" }),
  });
  if (CONSOLE === "off") return [];
  const pages = open({ reload: stage === "development" });
  return pages.paths.map((path) => ({
    method: "GET",
    path,
    isUncounted: true,
    async handle(request, response) {
      const { type, body, etag } = await pages.read(path);
      // Names carry no hash: browsers ask each time, and learn that nothing has changed.
      response.setHeader("cache-control", "no-cache");
      response.setHeader("etag", etag);
      if (request.headers["if-none-match"]?.includes(etag)) {
        response.writeHead(304).end();
        return;
      }
      response.writeHead(200, { "content-type": type, "content-length": body.byteLength });
      response.end(body);
    },
  }));
}
