/**
 * From the strokes of a pen to the 64 numbers that a digit is in the data set on which models of
 * this kind are trained.
 *
 * The Optical Recognition of Handwritten Digits data set (Alpaydin and Kaynak, UCI, 1998) was made
 * with the routines of NIST: each digit normalised to a bitmap of 32 x 32, divided into blocks of
 * 4 x 4, and in each block the set pixels counted, which gives 8 x 8 numbers from 0 to 16. In the
 * bitmaps a digit fills the whole height, stands in the middle of the width and covers about the
 * same area whatever it is; so the same is done here.
 */

/** Pixels along one side of the bitmap. */
export const BITMAP = 32;
/** Numbers along one side of what is made of it. */
export const GRID = 8;
/** Pixels along one side of a block. */
const BLOCK = BITMAP / GRID;
/** The most that one number can be: all pixels of its block. */
export const INK = BLOCK * BLOCK;
/** Widest digit of the data set: its outermost columns are empty. */
const WIDEST = 24;
/** How much more than its width a drawing's height may be stretched. */
const STRETCH = 3;
/** Mean number of set pixels of a digit in the data set. */
const AREA = 312;

/** in any unit, y pointing down */
type Point = { x: number; y: number };

/** from where the pen went down to where it was lifted */
export type Stroke = Point[];

/**
 * The 64 numbers of a drawn digit, row by row.
 *
 * @returns zeros when nothing was drawn
 */
export function digitOf(strokes: Stroke[]): number[] {
  return countBlocks(bitmapOf(strokes));
}

/**
 * Counts the set pixels of each block.
 *
 * @param bitmap 32 x 32, 0 or 1, row by row
 * @returns 64 numbers from 0 to 16, row by row
 */
export function countBlocks(bitmap: Uint8Array): number[] {
  const counts = new Array(GRID * GRID).fill(0);
  bitmap.forEach((pixel, index) => {
    const row = Math.floor(index / BITMAP / BLOCK);
    const column = Math.floor((index % BITMAP) / BLOCK);
    counts[row * GRID + column] += pixel;
  });
  return counts;
}

/**
 * The strokes as a normalised bitmap: full height, centred, drawn with a pen that is as wide as it
 * must be to cover the usual area.
 *
 * @returns 32 x 32, 0 or 1, row by row
 */
export function bitmapOf(strokes: Stroke[]): Uint8Array {
  const points = strokes.flat();
  if (points.length === 0) return new Uint8Array(BITMAP * BITMAP);
  let thin = 0.5;
  let thick = BLOCK * 2;
  let bitmap = draw(strokes, thick);
  // The area grows with the pen: halving the span eight times finds the width to 1/32 of a pixel.
  for (let step = 0; step < 8; step += 1) {
    const radius = (thin + thick) / 2;
    bitmap = draw(strokes, radius);
    if (area(bitmap) > AREA) thick = radius;
    else thin = radius;
  }
  return bitmap;
}

function area(bitmap: Uint8Array) {
  return bitmap.reduce((sum, pixel) => sum + pixel, 0);
}

/**
 * Fits the strokes into the bitmap and sets every pixel that the pen touches.
 *
 * @param radius of the pen, in pixels
 */
function draw(strokes: Stroke[], radius: number): Uint8Array {
  const segments = fit(strokes, radius).flatMap(segmentsOf);
  const bitmap = new Uint8Array(BITMAP * BITMAP);
  for (let y = 0; y < BITMAP; y += 1) {
    for (let x = 0; x < BITMAP; x += 1) {
      const centre = { x: x + 0.5, y: y + 0.5 };
      const touched = segments.some(([from, to]) => distance(centre, from, to) <= radius);
      bitmap[y * BITMAP + x] = touched ? 1 : 0;
    }
  }
  return bitmap;
}

/**
 * Moves and scales the strokes so that the pen's marks fill the height and stand in the middle. What
 * is wider than digits are is squeezed; what is hardly higher than a line stays flat.
 */
function fit(strokes: Stroke[], radius: number): Stroke[] {
  const points = strokes.flat();
  const [left, width] = extent(points.map((point) => point.x));
  const [top, height] = extent(points.map((point) => point.y));
  const wide = Math.max(WIDEST - 2 * radius, 1) / width;
  const high = Math.min(Math.max(BITMAP - 2 * radius, 1) / height, wide * STRETCH);
  const scale = { x: Math.min(wide, high), y: high };
  return strokes.map((stroke) =>
    stroke.map((point) => ({
      x: BITMAP / 2 + (point.x - left - width / 2) * scale.x,
      y: BITMAP / 2 + (point.y - top - height / 2) * scale.y,
    })),
  );
}

/** @returns the length is never 0, so that one can divide by it */
function extent(places: number[]): [least: number, length: number] {
  const least = Math.min(...places);
  return [least, Math.max(Math.max(...places) - least, Number.EPSILON)];
}

/** @returns a dot is a segment from a point to itself */
function segmentsOf(stroke: Stroke): [Point, Point][] {
  return stroke.map((point, index) => [stroke[index - 1] ?? point, point]);
}

/** @returns from the point to the nearest place on the segment */
function distance(point: Point, from: Point, to: Point): number {
  const along = { x: to.x - from.x, y: to.y - from.y };
  const length = along.x ** 2 + along.y ** 2;
  const projected = ((point.x - from.x) * along.x + (point.y - from.y) * along.y) / (length || 1);
  const place = Math.min(1, Math.max(0, projected));
  return Math.hypot(point.x - from.x - place * along.x, point.y - from.y - place * along.y);
}

/**
 * One digit of each kind as it stands in the data set (scikit-learn's `load_digits`): of its kind,
 * the one nearest to the mean. 64 numbers row by row, each written as a digit to base 17.
 */
const SAMPLES = [
  "002e910001ccb80004e10d3008d00a6005g1089000g00b9000dbaf40003fg500",
  "006a8300006gg900009gg600007gga0000bgg800007gg90000agg6000049cb20",
  "01cg50000bggd0000765e2000000c3000004d000001d500000aga84000dfgc70",
  "006cga0004f8ce000000d8000006e1000005f80000002f5000145f80005ge910",
  "0007g200000fb00000be650004g7ed200agdgga008fega100009g1000009f100",
  "019ggf3008gc883006g9300008ggg4000364db0000008d000058fa0000bgb100",
  "001d7000007e200000d5000000g3000003gacc3003gb59c001db4db0001cgb20",
  "003gcc7000cddg6000206e000014da10009ggg80004cc710000e6000004g2000",
  "003dd30002eccb0004g85f3001deg70000bgd10001gcde1000dd9g70003dga10",
  "004dd40000gaa80000e76b00006ffg2000000b500000079001446ca0016bfc10",
];

/** The sample of each digit, 0 to 9. */
export const samples = SAMPLES.map((text) => Array.from(text, (mark) => Number.parseInt(mark, 17)));
