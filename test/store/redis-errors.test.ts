import { expect, test } from "vitest";
import { readRedisUrl } from "../../src/domain/state-url.ts";
import { awayOf, refusalOf } from "../../src/store/redis-errors.ts";

const password = "s3cr3t-".repeat(30);
const address = readRedisUrl(`redis://:${password}@127.0.0.1:6379/0`);
if ("wrong" in address) throw new Error(address.wrong);

test("of arguments that Redis repeats and cuts off, no part of a password is shown", () => {
  const said = `ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' '${password.slice(0, 90)}`;
  for (const { message } of [refusalOf(new Error(said), address), awayOf(new Error(said), address)]) {
    expect(message).toContain("ERR unknown command 'HELLO'");
    expect(message).not.toContain("s3cr3t");
  }
});
