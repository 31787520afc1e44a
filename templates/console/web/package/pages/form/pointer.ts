/** JSON Pointer (RFC 6901): how a problem names the place in the input that it is about. */

/**
 * The segments of a pointer.
 *
 * @param pointer such as `/pixels/3`; `""` is the whole
 */
export function parsePointer(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Something with parts that a pointer can go down to. */
type Branch<Node> = { child(segment: string): Node | undefined };

/**
 * Goes down a tree along a pointer, as far as there is something to go down to.
 *
 * @returns the nearest node, and the segments that lead on from it
 */
export function locate<Node extends Branch<Node>>(
  root: Node,
  pointer: string,
): { node: Node; rest: string[] } {
  const rest = parsePointer(pointer);
  let node = root;
  while (rest.length > 0) {
    const next = node.child(rest[0] ?? "");
    if (next === undefined) break;
    node = next;
    rest.shift();
  }
  return { node, rest };
}
