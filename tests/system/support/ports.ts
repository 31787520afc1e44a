/** Ports of this machine. */
import { once } from "node:events";
import { connect } from "node:net";
import getPort from "get-port";

const LOOPBACK = "127.0.0.1";

/** Whether something on this machine listens on a port of its loopback address. */
export async function listens(port: number): Promise<boolean> {
  const socket = connect(port, LOOPBACK);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** So many free ports one after another: `3000`, or `3000-3002`. */
export async function freeRange(count: number): Promise<string> {
  for (;;) {
    const first = await getPort({ host: LOOPBACK });
    const others = Array.from({ length: count - 1 }, (_, number) => first + number + 1);
    const free = await Promise.all(others.map((port) => getPort({ host: LOOPBACK, port })));
    if (others.every((port, number) => port === free[number])) {
      return [first, ...others.slice(-1)].join("-");
    }
  }
}
