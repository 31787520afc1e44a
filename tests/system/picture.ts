/** `npm run picture`: the console of the default system, running, as `docs/console.png`. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { chromium, type Page } from "playwright-core";
import { post } from "./support/client.ts";
import { repository } from "./support/places.ts";
import { prepared } from "./support/project.ts";
import { System } from "./support/system.ts";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FILE = join(repository, "docs/console.png");
/** Everybody who clones the repository gets it. */
const MOST_BYTES = 100_000;
const VIEW = { width: 1080, height: 760 };
/** Spikes as by default, in seconds instead of minutes. */
const QUICK_SPIKES = {
  SPIKE_WINDOW_SECONDS: "2",
  SPIKE_HISTORY_WINDOWS: "4",
  SPIKE_WARMUP_WINDOWS: "2",
};
const QUIET_MS = 7000;
const BURST = 80;

/** A seven, in parts of the pad's sides. */
const DIGIT: readonly (readonly [number, number])[] = [
  [0.28, 0.2],
  [0.72, 0.2],
  [0.55, 0.5],
  [0.42, 0.85],
];

async function draw(page: Page): Promise<void> {
  const operation = page.locator("[data-operation]", { has: page.locator(".pad") }).first();
  if ((await operation.getAttribute("open")) === null) await operation.locator("summary").click();
  await operation.getByRole("button", { name: "Clear" }).click();
  const pad = await operation.locator(".pad").boundingBox();
  assert.ok(pad, "the pad is not visible");
  const points = DIGIT.map(([x, y]) => [pad.x + pad.width * x, pad.y + pad.height * y] as const);
  await page.mouse.move(...(points[0] ?? [0, 0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...point, { steps: 12 });
  await page.mouse.up();
  await operation.getByRole("button", { name: "Run", exact: true }).click();
  await operation.getByText(/^Answered in/).waitFor();
}

test("the console, with a digit that was read and an event that arrived", async (context) => {
  const system = await System.start(context, await prepared("minimal"), {
    envOf: { trends: QUICK_SPIKES },
  });
  await system.answers("gateway", "/readyz");
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  context.after(() => browser.close());
  const page = await browser.newPage({ viewport: VIEW, colorScheme: "light" });
  await page.goto(system.url(), { waitUntil: "load" });
  await draw(page);
  await page.waitForTimeout(QUIET_MS);
  const summary = `${system.url()}/api/trends/summary`;
  await Promise.all(Array.from({ length: BURST }, () => post(summary, { window_seconds: 60 })));
  await page.locator("#live-log li").first().waitFor();
  await page.evaluate("scrollTo(0, 0)");
  await page.screenshot({ path: FILE });
  const { size } = statSync(FILE);
  assert.ok(size < MOST_BYTES, `${size} bytes, ${MOST_BYTES} at most`);
});
