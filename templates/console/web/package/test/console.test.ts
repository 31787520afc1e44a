import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { openConsole } from "../src/index.ts";

suite("the console", () => {
  const pages = openConsole({ reload: false });

  test("has every file that its pages load, and needs few", async () => {
    for (const path of ["/", "/docs"]) {
      const { type, body } = await pages.read(path);
      assert.match(type, /^text\/html/);
      const loads = text(body).matchAll(/<(?:link|script)[^>]* (?:href|src)="([^"]+)"/g);
      const loaded = Array.from(loads, ([, address = ""]) => address);
      assert.ok(loaded.length <= 5, `${path} loads ${loaded.length} files`);
      for (const address of loaded) {
        assert.ok((await pages.read(address)).body.length > 0, address);
      }
    }
  });

  test("serves what stands in the sources as scripts and styles that import nothing", async () => {
    for (const path of pages.paths.filter((path) => /\/(home|docs)\.(js|css)$/.test(path))) {
      assert.doesNotMatch(text((await pages.read(path)).body), /^(@import|import) /m, path);
    }
  });

  test("names the content of a file by its tag", async () => {
    const again = openConsole({ reload: true });
    const tags = pages.paths.map(async (path) => {
      const { etag } = await pages.read(path);
      assert.equal((await again.read(path)).etag, etag);
      return etag;
    });
    assert.equal(new Set(await Promise.all(tags)).size, pages.paths.length);
  });

  test("knows no other files", async () => {
    await assert.rejects(pages.read("/package.json"), RangeError);
  });
});

const text = (body: Uint8Array) => new TextDecoder().decode(body);
