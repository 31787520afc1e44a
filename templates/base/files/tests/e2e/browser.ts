import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { chromium, type Page } from "playwright-core";
import { baseUrl } from "./gateway.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const MAC_OS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The Chromium of this machine: that of CHROMIUM, or the first one found. */
export const executablePath: string | undefined = process.env.CHROMIUM ?? find();

/** Why tests in a browser cannot run, if they cannot. */
export const noBrowser: string | false =
  executablePath === undefined && "no Chromium on PATH; CHROMIUM=/path/to/it names one";

/** Why tests of pages cannot run, if they cannot. */
export const noPages: string | false =
  noBrowser || ((await fetch(`${baseUrl}/`)).status === 404 && "this gateway serves no pages");

/** A browser and what it complained about. */
export interface Visit {
  readonly page: Page;
  /** Errors of the console and of scripts, and requests to other places than the gateway. */
  readonly complaints: readonly string[];
  /** Addresses of everything that was loaded. */
  readonly requests: readonly string[];
}

/** Opens a page. The browser is closed at the end of the test. */
export async function open(
  test: TestContext,
  path: string,
  colorScheme: "light" | "dark" = "light",
): Promise<Visit> {
  if (executablePath === undefined) throw new Error("there is no browser");
  const browser = await chromium.launch({ executablePath });
  test.after(() => browser.close());
  const page = await browser.newPage({ colorScheme });
  const { TOKEN: token } = process.env;
  // Where the page keeps what a visitor types.
  if (token) await page.addInitScript((text) => sessionStorage.setItem("token", text), token);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    const isOwn = /^(data|blob):/.test(url) || new URL(url).host === new URL(baseUrl).host;
    if (!isOwn) complaints.push(`request: ${url}`);
    requests.push(url);
  });
  await page.goto(`${baseUrl}${path}`);
  return { page, complaints, requests };
}

/** Opens the front page and waits until it lists the operations. */
export async function visit(test: TestContext, colorScheme?: "light" | "dark"): Promise<Visit> {
  const visitor = await open(test, "/", colorScheme);
  await visitor.page.locator("[data-operation]").first().waitFor();
  return visitor;
}

function find(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const places = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...places, ...MAC_OS].find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
