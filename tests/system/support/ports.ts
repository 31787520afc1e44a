/** Ports of this machine. */
import { once } from "node:events";
import { connect } from "node:net";

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
