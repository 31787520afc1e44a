import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Json, OperationContract } from "../contract.ts";
import { type FieldError, Problem } from "./problem.ts";

/** An OpenAPI 3.1 document, as far as the gateway looks into it. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: object;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** Checks what comes in from clients and what comes back from services against the contract. */
export interface Validation {
  /**
   * Nothing is coerced, filled in or dropped: a property that the contract does not know is
   * refused, because it is a misspelt optional field more often than anything else.
   *
   * @throws Problem `invalid_argument` that points at the first field that does not fit
   */
  input(operation: OperationContract, value: unknown): Json;
  /**
   * Properties that the contract does not know are dropped: a service that is newer than this
   * gateway neither breaks it nor shows clients what was not published.
   *
   * @throws Problem `internal` when the answer is not what the contract says
   */
  output(operation: OperationContract, value: Json): Json;
}

/** Keywords of OpenAPI that say nothing about validity. */
const ANNOTATIONS = ["components", "example", "xml", "externalDocs", "discriminator"];
const DOCUMENT = "openapi.json";

/**
 * Compiles the schemas of `operations`, all of which `document` must hold. Internal operations have
 * none there: the gateway's own typed code calls them, and the service checks them again.
 *
 * @throws Error when a schema is missing: document and contracts are not of one making
 */
export function createValidation(
  document: OpenApiDocument,
  operations: Iterable<OperationContract>,
): Validation {
  // `allErrors` stays off: its cost grows with the size of an attacker's input.
  const inputs = compiler(document, { removeAdditional: false });
  const outputs = compiler(document, { removeAdditional: true });
  const validators = new Map<
    OperationContract,
    { input: ValidateFunction; output: ValidateFunction }
  >();
  for (const operation of operations) {
    if (operation.internal) continue;
    validators.set(operation, {
      input: inputs(operation.input),
      output: outputs(operation.output),
    });
  }

  return {
    input(operation, value) {
      const validate = validators.get(operation)?.input;
      if (validate && !validate(value)) throw refusal(fieldErrors(validate.errors ?? []));
      const unsendable = validate && unsendableIn(value);
      if (unsendable) throw refusal([unsendable]);
      return value as Json;
    },
    output(operation, value) {
      const validate = validators.get(operation)?.output;
      if (validate && !validate(value)) {
        const [error] = validate.errors ?? [];
        throw new Problem("internal", "The answer of the service is not what its contract says", {
          cause: new Error(`${operation.service}.${operation.name}: ${describe(error)}`),
        });
      }
      return value;
    },
  };
}

function compiler(document: OpenApiDocument, options: { removeAdditional: boolean }) {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, ...options });
  addFormats.default(ajv);
  ajv.addVocabulary(ANNOTATIONS);
  ajv.addSchema({ components: document.components }, DOCUMENT, undefined, false);
  return (name: string): ValidateFunction => {
    const validate = ajv.getSchema(`${DOCUMENT}#/components/schemas/${name}`);
    if (!validate) throw new Error(`openapi.json has no schema ${name}`);
    return validate;
  };
}

function refusal(errors: readonly FieldError[]): Problem {
  return new Problem("invalid_argument", "The input is not what the operation takes", {
    errors: errors.slice(0, 1),
  });
}

/** What Ajv says of an error, as far as it is needed here. */
type SchemaError = Pick<ErrorObject, "keyword" | "instancePath" | "message"> & {
  readonly params: Readonly<Record<string, unknown>>;
};

/** What does not fit, by field. */
export function fieldErrors(errors: readonly SchemaError[]): FieldError[] {
  return errors.map(fieldError);
}

/** Points at the field itself also where Ajv points at the object around it. */
function fieldError(error: SchemaError): FieldError {
  const { params } = error;
  const property =
    params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  const pointer =
    typeof property === "string"
      ? `${error.instancePath}/${property.replaceAll("~", "~0").replaceAll("/", "~1")}`
      : error.instancePath;
  return { pointer, detail: describe(error) };
}

function describe(error: SchemaError | undefined): string {
  if (!error) return "is not valid";
  switch (error.keyword) {
    case "required":
      return "is missing";
    case "additionalProperties":
    case "unevaluatedProperties":
      return "is not known";
    case "enum":
      return `must be one of ${JSON.stringify(error.params.allowedValues)}`;
    default:
      return error.message ?? "is not valid";
  }
}

/** Where a value stands: spelt out only when something is wrong there. */
interface Place {
  readonly value: unknown;
  readonly step: string | number;
  readonly parent: Place | undefined;
}

/**
 * What no service could take of a JSON value, though JSON can write it down: half a surrogate pair
 * (`"\ud83d"`), for which UTF-8 has no bytes (RFC 8259, 8.2), and a number beyond what doubles hold
 * (`1e999`), which would be sent on as `null`.
 *
 * A loop, not a recursion: a value may be nested deeper than a stack holds. It may also have as many
 * members as its text has bytes, all of which are looked at in one turn of the event loop: this takes
 * no longer than parsing did.
 */
export function unsendableIn(value: unknown): FieldError | undefined {
  const open: Place[] = [{ value, step: "", parent: undefined }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value: found } = place;
    if (typeof found === "string") {
      if (!found.isWellFormed()) return { pointer: pointerTo(place), detail: NO_TEXT };
    } else if (typeof found === "number") {
      if (!Number.isFinite(found)) return { pointer: pointerTo(place), detail: NO_NUMBER };
    } else if (Array.isArray(found)) {
      for (let index = 0; index < found.length; index += 1) {
        const inner: unknown = found[index];
        if (isSuspect(inner)) open.push({ value: inner, step: index, parent: place });
      }
    } else if (typeof found === "object" && found !== null) {
      const members = found as Readonly<Record<string, unknown>>;
      for (const name in members) {
        if (!name.isWellFormed()) return { pointer: pointerTo(place), detail: NO_NAME };
        const inner = members[name];
        if (isSuspect(inner)) open.push({ value: inner, step: name, parent: place });
      }
    }
  }
  return undefined;
}

const NO_TEXT = "must be Unicode text";
const NO_NUMBER = "must be a number that fits into 64 bits";
const NO_NAME = "has a name that is not Unicode text";

/** Whether there is more to look at than the value itself. */
function isSuspect(value: unknown): boolean {
  if (typeof value === "string") return !value.isWellFormed();
  return typeof value === "number" ? !Number.isFinite(value) : typeof value === "object";
}

function pointerTo(place: Place): string {
  const steps: string[] = [];
  for (let at: Place = place; at.parent !== undefined; at = at.parent) {
    steps.push(`/${String(at.step).replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }
  return steps.reverse().join("");
}
