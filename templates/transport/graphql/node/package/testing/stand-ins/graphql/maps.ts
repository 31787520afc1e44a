import {
  type GraphQLNamedType,
  type GraphQLType,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
} from "graphql";
import type { Json } from "../../../src/contract.ts";

type Fields = { [name: string]: Json };

/** A value of GraphQL as JSON: lists of entries become objects. */
export function joined(value: Json, type: GraphQLType): Json {
  return turned(value, type, joined, (entries, valueType) => {
    const pairs = (entries as Fields[]).map(({ key, value: inner }) => [
      key,
      joined(inner ?? null, valueType),
    ]);
    return Object.fromEntries(pairs);
  });
}

/** JSON as a value of GraphQL: objects that are maps become lists of entries. */
export function parted(value: Json, type: GraphQLType): Json {
  return turned(value, type, parted, (map, valueType) =>
    Object.entries(map as Fields).map(([key, inner]) => ({
      key,
      value: parted(inner, valueType),
    })),
  );
}

function turned(
  value: Json,
  given: GraphQLType,
  turn: (value: Json, type: GraphQLType) => Json,
  turnMap: (map: Json, valueType: GraphQLType) => Json,
): Json {
  const type = getNullableType(given);
  if (value === null) return value;
  if (isListType(type)) {
    const item = getNullableType(type.ofType);
    const valueType = entryValue(item);
    return valueType
      ? turnMap(value, valueType)
      : (value as Json[]).map((each) => turn(each, item));
  }
  if (!isObjectType(type) && !isInputObjectType(type)) return value;
  const fields = type.getFields();
  return Object.fromEntries(
    Object.entries(value as Fields).map(([name, inner]) => {
      const field = fields[name];
      return [name, field ? turn(inner, field.type) : inner];
    }),
  );
}

/** The type of the values of a map, if `type` is one of its entries. */
function entryValue(type: GraphQLType): GraphQLType | undefined {
  if (!isObjectType(type) && !isInputObjectType(type)) return undefined;
  return isEntry(type) ? type.getFields().value?.type : undefined;
}

function isEntry({ astNode }: GraphQLNamedType): boolean {
  return astNode?.directives?.some(({ name }) => name.value === "entry") ?? false;
}
