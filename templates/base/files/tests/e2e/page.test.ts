import assert from "node:assert/strict";
import { suite, test } from "node:test";
import axe, { type AxeResults } from "axe-core";
import type { Locator, Page } from "playwright-core";
import { noPages, open, visit } from "./browser.ts";
import { offers, operations, resolve, type Schema } from "./gateway.ts";

/** Whether the page has a pad for a field: it is 64 numbers from 0 to 16. */
function isDrawn(field: Schema): boolean {
  const { minItems, maxItems, items = {} } = resolve(field);
  const { type, minimum, maximum } = resolve(items);
  const isOfNumbers = type === "integer" || type === "number";
  return isOfNumbers && minItems === 64 && maxItems === 64 && minimum === 0 && maximum === 16;
}

const drawn = operations.find(({ input }) =>
  Object.values(resolve(input).properties ?? {}).some(isDrawn),
);

function panel(page: Page, id: string): Locator {
  return page.locator(`[data-operation="${id}"]`);
}

/** Unfolds the panel of an operation, unless it is, and brings it into view. */
async function unfold(page: Page, id: string): Promise<Locator> {
  const operation = panel(page, id);
  if ((await operation.getAttribute("open")) === null) await operation.locator("summary").click();
  await operation.scrollIntoViewIfNeeded();
  return operation;
}

/** Moves the pen from top to bottom in the middle of `pad`. */
async function drawLine(page: Page, pad: Locator): Promise<void> {
  const box = await pad.boundingBox();
  assert.ok(box, "the pad is not visible");
  const x = box.x + box.width / 2;
  await page.mouse.move(x, box.y + box.height * 0.15);
  await page.mouse.down();
  await page.mouse.move(x, box.y + box.height * 0.85, { steps: 12 });
  await page.mouse.up();
}

suite("the front page", { skip: noPages }, () => {
  test("lists every operation", async (context) => {
    const visitor = await visit(context);
    for (const { id } of operations) assert.equal(await panel(visitor.page, id).count(), 1, id);
    assert.deepEqual(visitor.complaints, []);
  });

  test("comes in few requests", async (context) => {
    const { requests } = await visit(context);
    const files = requests.filter((url) => !url.includes("/api/"));
    assert.ok(files.length <= 6, files.join("\n"));
  });

  test("runs an operation with its example", async (context) => {
    const visitor = await visit(context);
    const { page } = visitor;
    for (const { id } of operations) {
      const operation = await unfold(page, id);
      await operation.getByRole("button", { name: "Run", exact: true }).click();
      // An operation that nobody has written yet is answered with a problem.
      await operation.getByText(/^(Answered in|No answer: Not implemented yet)/).waitFor();
    }
    assert.deepEqual(
      visitor.complaints.filter((complaint) => !complaint.includes("501")),
      [],
    );
  });

  test("shows what becomes of an answer that comes later", async (context) => {
    const visitor = await visit(context);
    for (const { id } of operations) {
      const operation = await unfold(visitor.page, id);
      await operation.getByLabel("Answer later").check();
      await operation.getByRole("button", { name: "Run", exact: true }).click();
      await operation.getByText(/^(Answered in|No answer: Not implemented yet)/).waitFor();
    }
    assert.deepEqual(visitor.complaints, []);
  });

  if (drawn) {
    test("reads a digit that is drawn", async (context) => {
      const visitor = await visit(context);
      const { page } = visitor;
      const operation = await unfold(page, drawn.id);
      await operation.getByRole("button", { name: "Clear" }).click();
      await drawLine(page, operation.locator(".pad"));
      await operation.getByRole("button", { name: "Run", exact: true }).click();
      await operation.getByText(/^Answered in/).waitFor();
      assert.match(await operation.locator('[data-part="label"]').innerText(), /\b1\b/);
      assert.deepEqual(visitor.complaints, []);
    });
  }

  if (offers("/api/events") || offers("/api/ws")) {
    test("listens to the events of services", async (context) => {
      const visitor = await visit(context);
      await visitor.page
        .locator("#live-state")
        .getByText(/^(Live|Off)$/)
        .waitFor();
      assert.deepEqual(visitor.complaints, []);
    });
  }

  for (const colorScheme of ["light", "dark"] as const) {
    test(`has no barrier that axe finds, in ${colorScheme}`, async (context) => {
      const visitor = await visit(context, colorScheme);
      await visitor.page.evaluate(axe.source);
      const { violations } = (await visitor.page.evaluate("axe.run()")) as AxeResults;
      assert.deepEqual(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`),
        [],
      );
    });
  }
});

suite("the API reference", { skip: noPages }, () => {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`lists every operation and tries one out, in ${colorScheme}`, async (context) => {
      const { page, complaints, requests } = await open(context, "/docs", colorScheme);
      await page.locator(".opblock").first().waitFor();
      for (const { path } of operations) {
        assert.equal(await page.locator(`[data-path="${path}"]`).count(), 1, path);
      }
      const operation = page.locator(".opblock-post").first();
      await operation.locator(".opblock-summary-control").click();
      await operation.getByRole("button", { name: "Try it out" }).click();
      await operation.getByRole("button", { name: "Execute" }).click();
      await operation.locator(".live-responses-table .response-col_status").first().waitFor();
      assert.deepEqual(
        complaints.filter((complaint) => !complaint.includes("501")),
        [],
      );
      assert.ok(requests.length <= 9, requests.join("\n"));
    });
  }
});
