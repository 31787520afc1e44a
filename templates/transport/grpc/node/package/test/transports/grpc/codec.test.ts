// Values whose type in messages is not JSON's, there and back.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Problem } from "../../../src/calls/problem.ts";
import * as codec from "../../../src/transports/grpc/codec.ts";
import { Duration } from "../../../src/transports/grpc/stubs/google/protobuf/duration.ts";
import {
  BadRequest,
  ErrorInfo,
} from "../../../src/transports/grpc/stubs/google/rpc/error_details.ts";

describe("a moment", () => {
  const carried: Record<string, string> = {
    "2026-11-22T10:20:30Z": "2026-11-22T10:20:30Z",
    "2026-11-22T10:20:30.5+01:00": "2026-11-22T09:20:30.500Z",
    "2026-11-22T10:20:30.123456z": "2026-11-22T10:20:30.123456Z",
    "2026-11-22t10:20:30.123456789-11:45": "2026-11-22T22:05:30.123456789Z",
    "1969-12-31T23:59:59.999999Z": "1969-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00Z": "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z": "9999-12-31T23:59:59.999999Z",
  };
  for (const [text, reported] of Object.entries(carried)) {
    test(`${text} arrives as the same instant`, () => {
      // A duration has the same fields as a timestamp.
      const message = Duration.decode(Duration.encode(codec.timestamp(text)).finish());
      assert.equal(codec.moment(message), reported);
    });
  }
});

describe("what messages cannot hold", () => {
  // A detail of an error serves as a message with one text.
  const method = (encode: (text: string) => unknown) =>
    codec.method({
      path: "/",
      outgoing: ErrorInfo,
      encode(input: { deep: { "a/b": string[] } }) {
        for (const text of input.deep["a/b"]) encode(text);
        return { reason: "", domain: "", metadata: new Map() };
      },
      incoming: ErrorInfo,
      decode: (message) => message,
    });
  const refused = {
    "a moment before the year 1, in UTC": method(codec.timestamp).encode,
    "bytes that are not base64": method(codec.bytes).encode,
  };
  for (const [name, encode] of Object.entries(refused)) {
    test(`${name}: the problem points at it`, () => {
      const wrong = name.startsWith("bytes") ? "b*==" : "0001-01-01T00:00:00+01:00";
      assert.throws(
        () => encode({ deep: { "a/b": [wrong] } }),
        (error) => {
          assert.ok(error instanceof Problem);
          assert.equal(error.code, "invalid_argument");
          assert.equal(error.errors?.[0]?.pointer, "/deep/a~1b/0");
          return true;
        },
      );
    });
  }
});

test("bytes of any value arrive", () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString("base64");
  for (const text of ["", "AA==", "/+8=", all]) assert.equal(codec.base64(codec.bytes(text)), text);
});

test("a key that JavaScript has a meaning for is a key like any other", () => {
  const record = JSON.parse('{"__proto__": 1, "constructor": 2, "": 3}');
  const map = codec.mapOf<number, number>(record, (value) => value);
  assert.deepEqual(
    codec.recordOf(map, (value) => value),
    record,
  );
});

test("a number of an enum that this contract does not have is an error", () => {
  const words = codec.wordsOf({ up: 1, down: 2 });
  assert.equal(codec.word(words, 2), "down");
  assert.throws(() => codec.word(words, 3));
});

test("what is not a message is an error", () => {
  assert.throws(() => BadRequest.decode(Buffer.from("not a message")));
});
