/**
 * Makes an element. Text always goes in as text, never as markup: nothing that a service or a
 * contract says can become part of the page.
 *
 * @param attributes `undefined` and `false` leave the attribute out, `true` sets it empty
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string | number | boolean | undefined> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/** A button beside what a form is sent with. */
export function button(
  label: string,
  attributes: Record<string, string | number> = {},
): HTMLButtonElement {
  return element("button", { type: "button", class: "outline secondary", ...attributes }, label);
}

/** A description as contracts have it: text in backticks is code. */
export function prose(text: string): (Node | string)[] {
  return text
    .split(/`([^`]+)`/u)
    .map((part, index) => (index % 2 === 1 ? element("code", {}, part) : part));
}

/**
 * An element of the page's own markup.
 *
 * @throws Error when the markup has no such element
 */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found;
}

let made = 0;

/** An id that no other element of the page has. */
export function uniqueId(stem: string): string {
  made += 1;
  return `${stem}-${made}`;
}
