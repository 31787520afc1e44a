/** A system that answers in words, with the model that comes with it. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { chromium, type Page } from "playwright-core";
import { goldenPath } from "../support/golden.ts";
import { prepared } from "../support/project.ts";
import { until } from "../support/until.ts";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
/** The first answer also reads the model. */
const ANSWER_MS = 60_000;
const LONG = "Tell a long story about the sea, and about everybody who lives in it.";

goldenPath("assistant", {
  checks: ["lint"],
  async whileItRuns(test, _project, { url }) {
    await test.test("on the page words appear as they are made, until they are stopped", (step) =>
      chats(step, url),
    );
  },
});

test("the tests that a service which answers in words brings pass", async () => {
  const project = await prepared("assistant");
  const { output } = await project.pytest("packages/service-runtime", {
    tests: ["tests/language"],
  });
  assert.match(output, /[1-9]\d* passed/);
  await project.testComponents();
});

async function chats(test: TestContext, url: string): Promise<void> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  test.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(url);
  const work = page.locator('[data-operation="assistant.chat"]');
  await work.waitFor();
  if ((await work.getAttribute("open")) === null) await work.locator("> summary").click();
  await work.getByLabel("content", { exact: true }).fill(LONG);
  await work.getByLabel("max tokens").fill("400");
  await work.getByRole("button", { name: "Run", exact: true }).click();
  const lengths = await growing(page);
  test.diagnostic(`characters of the answer, as it came: ${lengths.join(", ")}`);
  await work.getByRole("button", { name: "Stop", exact: true }).click();
  await work.locator('[data-code="cancelled"]').waitFor();
  assert.ok((await said(page)) > 0, "what was said stays");

  await work.getByLabel("max tokens").fill("8");
  await work.getByRole("button", { name: "Run", exact: true }).click();
  await work.locator('[data-part="usage"]').waitFor({ timeout: ANSWER_MS });
  assert.match(await work.getByRole("status").innerText(), /^Answered in /);
  assert.ok((await said(page)) > 0);
}

/** Characters of the answer on the page. */
async function said(page: Page): Promise<number> {
  const shown = page.locator('[data-operation="assistant.chat"] .pieces');
  return (await shown.count()) === 0 ? 0 : ((await shown.textContent())?.length ?? 0);
}

/** Waits until the answer has grown three times. @returns its lengths */
async function growing(page: Page): Promise<number[]> {
  const lengths: number[] = [];
  const look = async () => {
    const length = await said(page);
    if (length > (lengths.at(-1) ?? 0)) lengths.push(length);
    return lengths;
  };
  return until("it has grown", look, ({ length }) => length === 3, { within: ANSWER_MS });
}
