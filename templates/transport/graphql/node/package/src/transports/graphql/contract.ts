/** What of a field differs between JSON in contracts and GraphQL. */
export interface Shape {
  /** Absent in JSON where an answer has null. */
  readonly optional?: boolean;
  /** A list whose items differ. */
  readonly list?: Shape;
  /** An object in JSON, a list of entries in GraphQL; its values may differ too. */
  readonly map?: Shape;
  /** A record in which something differs, by its name in `records`. */
  readonly record?: string;
}

/** The contract of a service as its client needs it. Documents are asked for by their identifier:
 * their texts stand in `contracts/<service>.documents.json`, and the service has them too. */
export interface GraphqlContract {
  readonly operations: Readonly<
    Record<string, { readonly document: string; readonly input?: string; readonly output: string }>
  >;
  readonly events: {
    readonly document: string;
    /** By the name of the type in the schema. */
    readonly types: Readonly<Record<string, { readonly name: string; readonly data: string }>>;
  };
  /** Shapes of the fields that differ, by record and field. A record in which nothing does is left
   * out. */
  readonly records: Readonly<Record<string, Readonly<Record<string, Shape>>>>;
}
