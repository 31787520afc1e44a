/**
 * @import { Json } from "../openapi/document.js"
 */

/**
 * A command line that calls an operation.
 *
 * @param {string} address in full
 * @param {Json} body
 * @returns {string} for a POSIX shell
 */
export function curlOf(address, body) {
  return [
    `curl ${quote(address)}`,
    "  -H 'content-type: application/json'",
    `  -d ${quote(JSON.stringify(body))}`,
  ].join(" \\\n");
}

/** @param {string} text @returns {string} one word for a POSIX shell */
function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
