import { isIPv6 } from "node:net";
import { type Addresses, addressesOf } from "../replicas/addresses.ts";

/**
 * The replicas behind a target, each as a target of its own.
 *
 * @param target `host:port`, or a name as gRPC resolves it:
 *   https://github.com/grpc/grpc/blob/master/doc/naming.md
 */
export function replicasOf(target: string): Addresses {
  const [, scheme, list] = /^(ipv[46]):(.*)$/.exec(target) ?? [];
  if (scheme && list) return async () => list.split(",").map((address) => `${scheme}:${address}`);
  const [, host = "", port] = /^(?:dns:\/{2,3})?(.*):(\d+)$/.exec(target) ?? [];
  const addresses = addressesOf(host);
  return async () => {
    const found = await addresses();
    return found.map((one) => (isIPv6(one) ? `ipv6:[${one}]:${port}` : `ipv4:${one}:${port}`));
  };
}
