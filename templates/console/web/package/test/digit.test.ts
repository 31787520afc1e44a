import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  BITMAP,
  bitmapOf,
  countBlocks,
  digitOf,
  GRID,
  INK,
  type Stroke,
  samples,
} from "../pages/digit/bitmap.ts";

const stroke = (...points: [x: number, y: number][]): Stroke => points.map(([x, y]) => ({ x, y }));

/** Part of a circle as a pen would draw it; angles in degrees. */
function arc(x: number, y: number, radius: number, from: number, to: number): Stroke {
  return Array.from({ length: 25 }, (_, index) => {
    const angle = ((from + ((to - from) * index) / 24) * Math.PI) / 180;
    return { x: x + radius * Math.cos(angle), y: y + radius * Math.sin(angle) };
  });
}

/** Digits as a person draws them, on a canvas of 280 by 280. */
const drawn: Record<number, Stroke[]> = {
  0: [arc(140, 140, 80, -90, 270)],
  1: [stroke([120, 80], [150, 50], [150, 230])],
  2: [[...arc(140, 105, 55, -170, 30), ...stroke([90, 230], [200, 230])]],
  3: [[...arc(130, 95, 47, -150, 90), ...arc(130, 189, 50, -90, 150)]],
  4: [stroke([160, 50], [80, 170], [210, 170]), stroke([165, 110], [165, 235])],
  5: [[...stroke([190, 50], [100, 50], [95, 120]), ...arc(135, 170, 55, -110, 140)]],
  7: [stroke([80, 50], [200, 50], [130, 230])],
};

/** The digit whose sample is nearest. */
function nearest(values: number[]): number {
  const distances = samples.map((sample) =>
    sample.reduce((sum, value, index) => sum + (value - (values[index] ?? 0)) ** 2, 0),
  );
  return distances.indexOf(Math.min(...distances));
}

suite("blocks of a bitmap", () => {
  test("are counted row by row", () => {
    const bitmap = new Uint8Array(BITMAP * BITMAP);
    // The second block of the third row, and one pixel of the last block.
    for (let row = 8; row < 12; row += 1) bitmap.fill(1, row * BITMAP + 4, row * BITMAP + 8);
    bitmap[BITMAP * BITMAP - 1] = 1;
    const counts = countBlocks(bitmap);
    assert.equal(counts.length, GRID * GRID);
    assert.equal(counts[2 * GRID + 1], INK);
    assert.equal(counts[GRID * GRID - 1], 1);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      INK + 1,
    );
  });
});

suite("a drawn digit", () => {
  test("does not depend on where and how large it was drawn", () => {
    const small = drawn[5]?.map((line) =>
      line.map(({ x, y }) => ({ x: x / 4 + 150, y: y / 4 + 20 })),
    );
    assert.deepEqual(digitOf(small ?? []), digitOf(drawn[5] ?? []));
  });

  test("fills the height and stands in the middle", () => {
    const values = digitOf(drawn[0] ?? []);
    const rows = Array.from({ length: GRID }, (_, row) =>
      values.slice(row * GRID, (row + 1) * GRID),
    );
    assert.ok(rows.every((row) => row.some((value) => value > 0)));
    assert.ok(rows.every((row) => row[0] === 0 && row[GRID - 1] === 0));
    for (const row of rows) assert.deepEqual(row, row.toReversed());
  });

  test("covers about the area that digits of the data set cover", () => {
    for (const strokes of Object.values(drawn)) {
      const ink = bitmapOf(strokes).reduce((sum, pixel) => sum + pixel, 0);
      assert.ok(ink > 270 && ink < 350, `${ink} pixels`);
    }
  });

  for (const [digit, strokes] of Object.entries(drawn)) {
    test(`that is a ${digit} is nearest to the sample of a ${digit}`, () => {
      assert.equal(nearest(digitOf(strokes)), Number(digit));
    });
  }

  test("that is nothing is blank, and a dot is a blot", () => {
    assert.deepEqual(digitOf([]), new Array(GRID * GRID).fill(0));
    const dot = digitOf([stroke([10, 10])]);
    assert.ok(dot.every((value) => value >= 0 && value <= INK));
    assert.ok(dot.some((value) => value > 0));
  });
});

test("the samples are what the data set holds: 64 numbers from 0 to 16", () => {
  assert.equal(samples.length, 10);
  for (const sample of samples) {
    assert.equal(sample.length, GRID * GRID);
    assert.ok(sample.every((value) => Number.isInteger(value) && value >= 0 && value <= INK));
  }
});
