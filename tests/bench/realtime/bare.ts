/** The bare loop: everything that is posted is sent to every socket of `ws`. */
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const { name, size } = JSON.parse(Buffer.concat(parts).toString());
  // What the gateway sends of such an event.
  const text = JSON.stringify({
    type: "event",
    id: "WzEsWyJlY2hvIixbIjE5ZTJiYTQ3IiwxMjM0XV1d",
    channel: "echo.worked",
    time: new Date().toISOString(),
    data: { name, number: 0, filler: ".".repeat(size) },
  });
  for (const socket of sockets.clients) socket.send(text);
  response.end("{}");
});
server.on("upgrade", (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (client) => {
    client.on("message", () => {});
  });
});
const [host = "", port] = (process.env.BENCH_GATEWAY ?? "").split(":");
server.listen(Number(port), host, () => console.error("ready"));
