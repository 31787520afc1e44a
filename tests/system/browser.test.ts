/** The pages of a generated gateway in a real browser, beyond what its own e2e tests see. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import axe, { type AxeResults } from "axe-core";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { post } from "./support/client.ts";
import { work } from "./support/places.ts";
import { prepared } from "./support/project.ts";
import { System } from "./support/system.ts";
import { until } from "./support/until.ts";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const SCREENSHOTS = process.env.HYBRIDGE_SCREENSHOTS ?? join(work, "screenshots");
/** Spikes as by default, in seconds instead of minutes. */
const QUICK_SPIKES = {
  SPIKE_WINDOW_SECONDS: "2",
  SPIKE_HISTORY_WINDOWS: "4",
  SPIKE_WARMUP_WINDOWS: "2",
};
/** Milliseconds of quiet before a burst: what is usual. */
const QUIET_MS = 7000;
const BURST = 80;

/** The pages, and what stands on them once they are complete. */
const PAGES = { "/": "[data-operation]", "/docs": ".opblock" };
const WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]";

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  narrow: { colorScheme: "light", viewport: { width: 360, height: 740 } },
};

let browser: Browser;
before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  mkdirSync(SCREENSHOTS, { recursive: true });
});
after(() => browser.close());

/** A page of the gateway, and everything about it that should not be. */
async function open(
  test: TestContext,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage(options);
  test.after(() => page.close());
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    const isOutside = /^(http|ws)s?:/.test(protocol) && host !== new URL(url).host;
    if (isOutside) complaints.push(request.url());
  });
  await page.goto(url, { waitUntil: "load" });
  return { page, complaints };
}

/** What the page got, as it came. */
interface Seen {
  stream: string;
  socket: string;
}

async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  // What is inside of Swagger UI is its makers' to mend.
  const run = 'axe.run({ exclude: [".swagger-ui"] })';
  const { violations } = (await page.evaluate(run)) as AxeResults;
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

for (const example of ["minimal", "shop"] as const) {
  test(`the pages of ${example} are sound on every screen`, async (context) => {
    const system = await System.start(context, await prepared(example));
    await system.answers("gateway", "/readyz");
    for (const [name, options] of Object.entries(LOOKS)) {
      for (const [path, content] of Object.entries(PAGES)) {
        const { page, complaints } = await open(context, system.url() + path, options);
        await page.locator(content).first().waitFor();
        const file = `${example}${path === "/" ? "" : path.replace("/", "-")}-${name}.png`;
        await page.screenshot({ path: join(SCREENSHOTS, file), fullPage: true });
        assert.deepEqual(await barriers(page), [], file);
        assert.deepEqual(complaints, [], file);
        const [width, room] = (await page.evaluate(WIDTHS)) as [number, number];
        assert.ok(width <= room, `${file}: ${width} px in a window of ${room} px`);
      }
    }
    context.diagnostic(`screenshots in ${SCREENSHOTS}`);
  });
}

test("a form says at its fields what is wrong, until they are changed", async (context) => {
  const system = await System.start(context, await prepared("shop"));
  await system.answers("gateway", "/readyz");
  const { page } = await open(context, system.url());
  const form = page.locator('form[aria-label="orders.place"]');
  await page.locator('[data-operation="orders.place"] > summary').click();
  const run = form.getByRole("button", { name: "Run", exact: true });
  const complaints = () => form.locator(".complaint:visible").allInnerTexts();
  const focused = (field: Locator) => field.evaluate((it) => it === it.ownerDocument.activeElement);

  const customer = form.getByLabel("customer", { exact: true });
  const uuid = await customer.inputValue();
  await customer.fill("nobody");
  await run.click();
  assert.equal((await complaints()).length, 1);
  assert.equal(await customer.getAttribute("aria-invalid"), "true");
  assert.ok(await focused(customer));
  await customer.fill(uuid);
  assert.deepEqual(await complaints(), []);
  assert.equal(await customer.getAttribute("aria-invalid"), null);

  // A map: a key stands once, whichever of two is changed.
  const options = form.locator('[data-field="options"]');
  await options.getByRole("button", { name: "Add", exact: true }).click();
  const keys = options.getByLabel("key");
  assert.ok(await focused(keys.last()));
  const first = await keys.first().inputValue();
  await keys.last().fill(first);
  await run.click();
  assert.deepEqual(await complaints(), [`The key \`${first}\` stands here twice`]);
  await keys.first().fill("colour");
  assert.deepEqual(await complaints(), []);

  // What the gateway finds wrong: at the nearest field, or with the answer where there is none.
  const errors = [
    { pointer: "/items/0/count", detail: "are sold out" },
    { pointer: `/items/0/options/${first}/0`, detail: "is too long" },
    { pointer: "/coupon", detail: "is not known" },
  ];
  const problem = { title: "No", status: 400, code: "invalid_argument", detail: "no", errors };
  await page.route("**/api/orders/place", (route) => route.fulfill({ status: 400, json: problem }));
  await run.click();
  await form.getByText("No answer: No").waitFor();
  assert.deepEqual(await complaints(), ["are sold out", "0: is too long"]);
  assert.ok(await focused(form.getByLabel("count")));
  const outcome = page.locator('[data-operation="orders.place"] .outcome');
  assert.match(await outcome.innerText(), /\/coupon is not known/);
});

test("a real spike reaches EventSource and WebSocket of a browser", async (context) => {
  const project = await prepared("minimal");
  const system = await System.start(context, project, { envOf: { trends: QUICK_SPIKES } });
  await system.answers("gateway", "/readyz");
  const { page, complaints } = await open(context, `${system.url()}/docs`);
  // Written as text: it runs in the page.
  await page.evaluate(`{
    window.seen = {};
    const keep = (way) => ({ data }) => { window.seen[way] = data; };
    const stream = new EventSource("/api/events?channel=trends.spiked");
    stream.addEventListener("trends.spiked", keep("stream"));
    const socket = new WebSocket(location.origin.replace("http", "ws") + "/api/ws");
    socket.onopen = () => socket.send(JSON.stringify({ type: "subscribe", channel: "trends.spiked" }));
    socket.onmessage = keep("socket");
  }`);
  const look = () => page.evaluate("window.seen") as Promise<Partial<Seen>>;
  const isWhole = (seen: Partial<Seen>): seen is Seen => Boolean(seen.stream && seen.socket);
  const burst = async () => {
    await page.waitForTimeout(QUIET_MS);
    const url = `${system.url()}/api/trends/summary`;
    await Promise.all(Array.from({ length: BURST }, () => post(url, { window_seconds: 60 })));
  };
  // A burst that the border of two windows cuts in half may be too small in both.
  const spike = () => burst().then(() => until("a spike", look, isWhole, { within: 5000 }));
  const seen = await spike().catch(spike).catch(spike);
  const inStream = JSON.parse(seen.stream) as { data: { name: string; factor: number } };
  const onSocket = JSON.parse(seen.socket) as { type: string; channel: string; data: object };
  assert.deepEqual([onSocket.type, onSocket.channel], ["event", "trends.spiked"]);
  assert.deepEqual(onSocket.data, inStream.data);
  assert.ok(inStream.data.factor >= 3, JSON.stringify(inStream));
  assert.deepEqual(complaints, []);
});
