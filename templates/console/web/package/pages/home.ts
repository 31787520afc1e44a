/** The front page: what the gateway offers, to be tried out. */

import { byId, element, prose } from "./dom.ts";
import { showLiveEvents, usableWays } from "./live.ts";
import {
  loadDocument,
  type OpenApi,
  readServices,
  realtimeWays,
  type Service,
  showTokenField,
} from "./openapi.ts";
import { renderOperation } from "./operation.ts";

function renderService(
  document: OpenApi,
  service: Service,
  { way, first }: { way: string | undefined; first: boolean },
) {
  const operations = service.operations.map((operation, index) =>
    renderOperation(document, operation, { way, open: first && index === 0 }),
  );
  return element(
    "section",
    {
      class: "service",
      "data-service": service.name,
      "aria-labelledby": `service-${service.name}`,
    },
    element("h3", { id: `service-${service.name}` }, service.name),
    ...(service.description === ""
      ? []
      : [element("p", { class: "soft" }, ...prose(service.description))]),
    ...operations,
  );
}

/** Opens the operation that the address names. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
  if (!(named instanceof HTMLDetailsElement)) return;
  named.open = true;
  named.scrollIntoView();
}

async function main() {
  const place = byId("services");
  try {
    const api = await loadDocument();
    showTokenField(api);
    const services = readServices(api);
    const [way] = usableWays(realtimeWays(api));
    document.title = api.info.title;
    byId("title").textContent = api.info.title;
    byId("description").replaceChildren(...prose(api.info.description ?? ""));
    const offering = services.filter((service) => service.operations.length > 0);
    place.replaceChildren(
      ...offering.map((service, index) => renderService(api, service, { way, first: index === 0 })),
    );
    if (offering.length === 0) {
      place.append(element("p", {}, "No service offers anything to this gateway yet."));
    }
    showLiveEvents(
      way,
      services.flatMap((service) => service.channels),
    );
    openNamed();
    window.addEventListener("hashchange", openNamed);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    place.replaceChildren(
      element("p", { class: "problem", role: "alert" }, `The page could not be built: ${reason}`),
    );
  }
}

await main();
