import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** A file as it is served. */
interface ConsoleFile {
  readonly type: string;
  readonly body: Uint8Array;
  /** Changes with the body. */
  readonly etag: string;
}

/** How a file is made. */
type Make = () => Promise<Uint8Array>;

const TYPES = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const FILES: Readonly<Record<string, readonly [type: keyof typeof TYPES, make: Make]>> = {
  "/": ["html", page("home.html")],
  "/docs": ["html", page("docs.html")],
  "/favicon.svg": ["svg", page("favicon.svg")],
  "/console/home.css": ["css", bundle("home.css")],
  "/console/home.js": ["js", bundle("home.ts")],
  "/console/docs.css": ["css", bundle("docs.css")],
  "/console/docs.js": ["js", bundle("docs.ts")],
  "/console/swagger-ui.css": ["css", dependency("swagger-ui-dist/swagger-ui.css")],
  "/console/swagger-ui-bundle.js": ["js", dependency("swagger-ui-dist/swagger-ui-bundle.js")],
};

/**
 * The pages, to be served by any gateway.
 *
 * @param options.reload makes a file anew each time it is asked for, for those who work on the pages
 */
export function openConsole({ reload }: { readonly reload: boolean }) {
  const made = new Map<string, Promise<ConsoleFile>>();
  return {
    /** The addresses of all files. */
    paths: Object.keys(FILES),
    /** @param path one of `paths` */
    read(path: string): Promise<ConsoleFile> {
      const known = made.get(path);
      if (known && !reload) return known;
      const file = make(path);
      made.set(path, file);
      // What could not be made is tried again.
      file.catch(() => made.delete(path));
      return file;
    },
  };
}

async function make(path: string): Promise<ConsoleFile> {
  const file = FILES[path];
  if (!file) throw new RangeError(`the console has no ${path}`);
  const body = await file[1]();
  const etag = `"${createHash("sha256").update(body).digest("base64url")}"`;
  return { type: TYPES[file[0]], body, etag };
}

function page(name: string): Make {
  return () => readFile(new URL(`../pages/${name}`, import.meta.url));
}

function dependency(name: string): Make {
  return () => readFile(new URL(import.meta.resolve(name)));
}

/** A file with all that it imports: one request instead of one for each. It takes a few milliseconds. */
function bundle(name: string): Make {
  return async () => {
    const { buildSync } = await import("esbuild");
    const { outputFiles } = buildSync({
      entryPoints: [fileURLToPath(new URL(`../pages/${name}`, import.meta.url))],
      bundle: true,
      format: "esm",
      target: "es2024",
      // Instead of whatever file of that name stands in a folder above.
      tsconfigRaw: {},
      write: false,
    });
    const [file] = outputFiles;
    if (!file) throw new Error(`nothing was made of ${name}`);
    return file.contents;
  };
}
