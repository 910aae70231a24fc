import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import request from "supertest";
import { afterEach, expect, test } from "vitest";
import { FigError } from "../../src/domain/errors.ts";
import { closeAdmins, startAdmin } from "./admin-fixture.ts";

afterEach(closeAdmins);

test("/livez is 200 whatever else is wrong, /readyz says what", async () => {
  const fixture = await startAdmin();
  fixture.fail = new Error("broken");
  fixture.readiness = { ready: false, problems: ["draining"] };
  expect((await request(fixture.url).get("/livez")).status).toBe(200);
  const readyz = await request(fixture.url).get("/readyz");
  expect([readyz.status, readyz.body]).toEqual([503, { ready: false, problems: ["draining"] }]);
  fixture.readiness = { ready: true, problems: ["orders.yaml:3:1: no such upstream"] };
  const again = await request(fixture.url).get("/readyz");
  expect([again.status, again.body]).toEqual([
    200,
    { ready: true, problems: ["orders.yaml:3:1: no such upstream"] },
  ]);
});

test("/metrics is the rendering as it is, or 503 when there is none", async () => {
  const fixture = await startAdmin();
  const metrics = await request(fixture.url).get("/metrics");
  expect([metrics.status, metrics.text]).toEqual([200, "fig_up 1\n"]);
  expect(metrics.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  fixture.fail = new FigError("metrics_unavailable", "Not now.");
  const failed = await request(fixture.url).get("/metrics");
  expect([failed.status, failed.body.error.code]).toEqual([503, "metrics_unavailable"]);
});

test("an address in use is an error that names it", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  await expect(startAdmin({ listen: { host: "127.0.0.1", port } })).rejects.toMatchObject({
    code: "address_in_use",
    message: `The admin address 127.0.0.1:${port} is in use.`,
  });
  other.close();
});

test("close lets a request under way finish and takes no new one", async () => {
  let finish = () => {};
  const asked = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let arrived = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const fixture = await startAdmin({
    metrics: {
      contentType: "text/plain",
      async render() {
        arrived();
        await asked;
        return new TextEncoder().encode("late\n");
      },
      close: async () => {},
    },
  });
  const answer = request(fixture.url)
    .get("/metrics")
    .then(({ text }) => text);
  await arrival;
  const closed = fixture.admin.close(20_000);
  await expect(request(fixture.url).get("/livez")).rejects.toThrow("ECONNREFUSED");
  finish();
  expect(await answer).toBe("late\n");
  await closed;
  await fixture.admin.close();
});

test("close ends what does not finish by its deadline", async () => {
  const fixture = await startAdmin({
    metrics: { contentType: "text/plain", render: () => new Promise(() => {}), close: async () => {} },
  });
  const answer = request(fixture.url)
    .get("/metrics")
    .then(
      () => "answered",
      () => "cut",
    );
  await request(fixture.url).get("/livez");
  await fixture.admin.close(10);
  expect(await answer).toBe("cut");
});

test("close before listen is nothing", async () => {
  const fixture = await startAdmin();
  await fixture.admin.close();
  await fixture.admin.close();
});
