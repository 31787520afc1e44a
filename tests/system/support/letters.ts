/** What lies on a broker, seen by clients that the generated code has nothing to do with. */
import amqp from "amqplib";
import type { Broker } from "./brokers.ts";
import { run, succeed } from "./process.ts";
import type { Transport } from "./transports.ts";

/** A message that could not be handled. */
export interface Letter {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Puts `body` where `name` is read from: a topic, or a queue. */
export async function put(
  { broker: kind }: Transport,
  { address }: Broker,
  name: string,
  body: string,
): Promise<void> {
  if (kind === "kafka") {
    const producer = ["-b", address, "-P", "-t", name, "-k", "key"];
    const line = ["-c", 'printf %s "$0" | kcat "$@"', body, ...producer];
    await succeed("/bin/sh", line, { cwd: "/" });
    return;
  }
  const connection = await amqp.connect(address);
  const channel = await connection.createConfirmChannel();
  channel.sendToQueue(name, Buffer.from(body), { persistent: true });
  await channel.waitForConfirms();
  await connection.close();
}

/** All messages that lie at `name`; they stay there. */
export async function letters(
  { broker: kind }: Transport,
  { address }: Broker,
  name: string,
): Promise<Letter[]> {
  if (kind === "kafka") {
    const consumer = ["-b", address, "-C", "-t", name, "-o", "beginning", "-e", "-q", "-J"];
    const { code, stdout } = await run("kcat", consumer, { cwd: "/" });
    if (code !== 0) return [];
    const records = stdout.trim().split("\n").filter(Boolean);
    return records.map((line) => {
      const record = JSON.parse(line) as { headers?: string[]; payload: string };
      const pairs: [string, string][] = [];
      const flat = record.headers ?? [];
      for (let at = 0; at + 1 < flat.length; at += 2)
        pairs.push([flat[at] ?? "", flat[at + 1] ?? ""]);
      return { headers: Object.fromEntries(pairs), body: record.payload };
    });
  }
  const connection = await amqp.connect(address);
  const channel = await connection.createChannel();
  // Asking for a queue that is not there closes the channel.
  channel.on("error", () => undefined);
  const found: Letter[] = [];
  try {
    for (;;) {
      const message = await channel.get(name);
      if (message === false) break;
      const { headers = {} } = message.properties;
      const texts = Object.entries(headers).map(([key, value]) => [key, String(value)]);
      found.push({ headers: Object.fromEntries(texts), body: message.content.toString() });
    }
  } catch {
    return [];
  } finally {
    // Unacknowledged messages go back.
    await connection.close();
  }
  return found;
}
