import type { AddressInfo, Server } from "node:net";
import type { ListenAddress } from "../domain/config.ts";
import { BACKLOG } from "./stop-listening.ts";

/** Listens; resolves with the bound address. Rejects with the system's error. */
export function listen(server: Server, address: ListenAddress, reusePort: boolean): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address.host, port: address.port, reusePort, backlog: BACKLOG }, () => {
      server.off("error", reject);
      const { address: host, port } = server.address() as AddressInfo;
      resolve({ host, port });
    });
  });
}
