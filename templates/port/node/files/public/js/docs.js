/**
 * The docs page: the gateway's OpenAPI document, made readable.
 */
import { renderListening, renderOthers, renderTypes } from "./docs/gateway.js";
import { renderService } from "./docs/service.js";
import { byId, element } from "./dom.js";
import { loadDocument, readServices } from "./openapi/document.js";

/** The list of sections beside the page. */
function renderContents() {
  const sections = [...document.querySelectorAll("main > section[data-contents]")];
  return sections.map((section) => {
    const entries = [...section.querySelectorAll("article[id] > h3")].map((heading) =>
      element(
        "li",
        {},
        element("a", { href: `#${heading.parentElement?.id}` }, heading.textContent ?? ""),
      ),
    );
    const name = section.getAttribute("data-contents") ?? "";
    const link = element("a", { href: `#${section.id}` }, name);
    const inner = entries.length === 0 ? [] : [element("ul", {}, ...entries)];
    return element("li", {}, link, ...inner);
  });
}

async function main() {
  const place = byId("reference");
  try {
    const api = await loadDocument();
    document.title = `${api.info.title}: API reference`;
    byId("description").textContent = [api.info.title, api.info.version].join(" ");
    const services = readServices(api);
    place.prepend(...services.map((service) => renderService(api, service)));
    place.append(...renderListening(api), ...renderTypes(api, services), ...renderOthers(api));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    place.prepend(
      element("p", { class: "problem", role: "alert" }, `The page could not be built: ${reason}`),
    );
  }
  byId("contents").replaceChildren(...renderContents());
  document.getElementById(decodeURIComponent(window.location.hash.slice(1)))?.scrollIntoView();
}

await main();
