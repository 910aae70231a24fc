import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createAdminClient } from "../../src/cli/admin-client.ts";
import { systemClock } from "../../src/clock.ts";
import type { Control } from "../../src/control/contract.ts";
import { startCatalogService } from "../../src/demo/catalog-service.ts";
import { createCustomersFunction } from "../../src/demo/customers-function.ts";
import { startLambdaEndpoint } from "../../src/demo/lambda-endpoint.ts";
import { startMonolith } from "../../src/demo/monolith.ts";
import { makeOpeningMoves } from "../../src/demo/opening-moves.ts";
import { startOrdersService } from "../../src/demo/orders-service.ts";
import { DEMO_CREDENTIALS } from "../../src/demo/run-demo.ts";
import { createWorkspace } from "../../src/demo/workspace.ts";
import { startFig } from "../e2e/fig-process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Shop {
  /** The front door, and its admin address. */
  readonly url: string;
  readonly adminUrl: string;
  readonly control: Control;
  /** So many clients ask for this path once each. */
  visit(path: string, clients?: number): Promise<void>;
  stop(): Promise<void>;
}

/** The demo's shop and its front door as a process, with the steps applied that the demo applies; without its traffic. `more`: lines of fig.yaml. */
export async function startShop(adminToken?: string, more = ""): Promise<Shop> {
  const services = await Promise.all([
    startMonolith(systemClock),
    startOrdersService(systemClock),
    startCatalogService(systemClock),
    startLambdaEndpoint({ "shop-customers": createCustomersFunction() }),
  ]);
  const [monolith, orders, catalog, lambda] = services.map(({ url }) => url) as [
    string,
    string,
    string,
    string,
  ];
  const workspace = await createWorkspace(ROOT, {
    DEMO_MONOLITH: monolith,
    DEMO_ORDERS: orders,
    DEMO_CATALOG: catalog,
    DEMO_LAMBDA: lambda,
    DEMO_LISTEN: "127.0.0.1:0",
    DEMO_ADMIN: "127.0.0.1:0",
    DEMO_STATE: "sqlite:state.db",
  });
  const token = adminToken === undefined ? "" : `adminToken: ${JSON.stringify(adminToken)}\n`;
  await writeFile(workspace.file, `${await readFile(workspace.file, "utf8")}${token}${more}`);
  const door = await startFig(workspace.file, DEMO_CREDENTIALS);
  const { url, adminUrl } = door.ready;
  const control = createAdminClient({ origin: adminUrl, token: adminToken });
  await makeOpeningMoves(control);
  return {
    url,
    adminUrl,
    control,
    async visit(path, clients = 1) {
      for (let client = 1; client <= clients; client++) {
        const response = await fetch(new URL(path, url), { headers: { cookie: `device=phone-${client}` } });
        await response.arrayBuffer();
      }
    },
    async stop() {
      await door.stop();
      await workspace.remove();
      for (const service of services) await service.close();
    },
  };
}
