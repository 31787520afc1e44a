/**
 * Makes an element. Text always goes in as text, never as markup: nothing that a service or a
 * contract says can become part of the page.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | undefined>} attributes `undefined` and `false`
 *   leave the attribute out, `true` sets it empty
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/**
 * A description as contracts have it: text in backticks is code.
 *
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function prose(text) {
  return text
    .split(/`([^`]+)`/u)
    .map((part, index) => (index % 2 === 1 ? element("code", {}, part) : part));
}

/**
 * An element of the page's own markup.
 *
 * @param {string} id
 * @returns {HTMLElement}
 * @throws {Error} when the markup has no such element
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found;
}

let made = 0;

/**
 * An id that no other element of the page has.
 *
 * @param {string} stem
 * @returns {string}
 */
export function uniqueId(stem) {
  made += 1;
  return `${stem}-${made}`;
}
