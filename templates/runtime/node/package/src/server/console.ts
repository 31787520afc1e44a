/** A file as it is served. */
export interface ConsoleFile {
  readonly type: string;
  readonly body: Uint8Array;
  /** Changes with the body. */
  readonly etag: string;
}

/** Pages for people: `/`, `/docs`, and what they are made of. */
export interface Console {
  /** The addresses of all files. */
  readonly paths: readonly string[];
  /** @param path one of `paths` */
  read(path: string): Promise<ConsoleFile>;
}
