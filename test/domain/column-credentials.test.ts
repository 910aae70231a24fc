import { expect, test } from "vitest";
import { scrubbed } from "../../src/domain/scrub.ts";

const SECRET = "hunter2correcthorse";

test("below a column's name that says so, cells of a table are credentials, and no others", () => {
  expect(scrubbed(`name,password\njane,${SECRET}\njoe,${SECRET}`)).toBe(
    "name,password\njane,[redacted]\njoe,[redacted]",
  );
  expect(scrubbed(`"api key";"a b"\r\n"${SECRET};\n""x""";1\r\n${SECRET};2\r\n`)).toBe(
    '"api key";"a b"\r\n[redacted];1\r\n[redacted];2\r\n',
  );
  expect(scrubbed(`id\tsession_token\n1\t${SECRET}\n2\t\n`)).toBe("id\tsession_token\n1\t[redacted]\n2\t\n");
  for (const text of [
    "id,total\n1,password\n",
    "password\nx\n",
    "I lost my token, sorry!\nMe, too\n",
    "a,token_type\n1,bear\n",
  ])
    expect(scrubbed(text)).toBe(text);
});

test("what stands behind a name and some tags is a credential", () => {
  expect(scrubbed(`<p>Password: <b>${SECRET}</b> is yours</p>`)).toBe(
    "<p>Password: <b>[redacted]</b> is yours</p>",
  );
  expect(scrubbed(`<td>API key:</td>\n<td><code>${SECRET}</code></td>`)).toBe(
    "<td>API key:</td>\n<td><code>[redacted]</code></td>",
  );
  expect(scrubbed("<p>Total: <b>7</b></p>")).toBe("<p>Total: <b>7</b></p>");
});
