import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { isRetiredHash } from "../../src/domain/route-hash.ts";
import { FrontDoor } from "../../src/front-door/front-door.ts";
import { openStore } from "../../src/store/index.ts";
import { folderOf, oneRoute, UPSTREAMS } from "../config/folder.ts";

/** What the store has noted of the one route. */
async function notedIn(folder: string): Promise<string> {
  const store = await openStore(`sqlite:${join(folder, "state.db")}`, systemClock);
  const noted = await store.readDefinitions();
  await store.close();
  return noted.get("one")?.hash ?? "";
}

test("a front door that cannot listen retires no route: a file that has it retired was served to nobody", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const fig = `listen: 127.0.0.1:${port}\nadmin: 127.0.0.1:0\nstate: sqlite:state.db\n${UPSTREAMS}default: a\n`;
  const folder = folderOf(oneRoute("    retired: true\n", fig));
  const config = join(folder, "fig.yaml");
  await expect(new FrontDoor(config, { quiet: true }).listen()).rejects.toMatchObject({
    code: "address_in_use",
  });
  expect(await notedIn(folder)).toBe("");
  taken.close();
  const door = new FrontDoor(config, { quiet: true });
  await door.listen();
  await door.close();
  expect(isRetiredHash(await notedIn(folder))).toBe(true);
});
