/** What a visitor shows to a gateway that asks who he is. */

import { byId } from "./dom.ts";
import type { OpenApi } from "./openapi.ts";

/** Where it is kept: as long as the tab is open. */
const KEY = "token";

/** Where a ticket is given for a token. */
const TICKETS = "/api/ticket";

let givesTickets = false;

/** The header that says who is asking; none without a token. */
export function authorization(): Record<string, string> {
  const token = window.sessionStorage.getItem(KEY);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** Shows the field for a token, where the gateway asks for one. */
export function showTokenField(document: OpenApi): void {
  if (document.security === undefined) return;
  givesTickets = Object.hasOwn(document.paths, TICKETS);
  const field = byId("token") as HTMLInputElement;
  field.value = window.sessionStorage.getItem(KEY) ?? "";
  field.addEventListener("change", () => {
    const token = field.value.trim();
    if (token === "") window.sessionStorage.removeItem(KEY);
    else window.sessionStorage.setItem(KEY, token);
  });
  byId("token-label").hidden = false;
}

/**
 * The query with which a WebSocket says who opens it, which can set no header.
 *
 * @returns `""` for nobody
 */
export async function ticketQuery(): Promise<string> {
  if (!givesTickets) return "";
  const response = await fetch(TICKETS, { method: "POST", headers: authorization() });
  if (!response.ok) return "";
  const { ticket } = (await response.json()) as { ticket: string };
  return `?${new URLSearchParams({ ticket })}`;
}
