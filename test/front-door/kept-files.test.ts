import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { unpackFiles } from "../../src/config/index.ts";
import type { FilesAt, FilesRow } from "../../src/control/contract.ts";
import { FrontDoor } from "../../src/front-door/front-door.ts";
import { fakeDeps } from "../cli/support.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const FIG = `# The shop's front door.
listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: "memory:"
default: a
upstreams: { a: "http://127.0.0.1:1", b: "http://127.0.0.1:2" }
`;

function route(id: string, more = ""): string {
  return `routes:\n  - id: ${id}   # as it was\n    match: { path: "/${id}" }\n    modern: b\n${more}`;
}

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "fig-kept-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  writeInto(folder, files);
  return folder;
}

function writeInto(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

async function start(files: Readonly<Record<string, string>>, env: Record<string, string> = {}) {
  const folder = folderOf(files);
  const front = new FrontDoor(join(folder, "fig.yaml"), { quiet: true, env });
  cleanups.push(() => front.close());
  const { adminUrl } = await front.listen();
  const get = async <T>(path: string): Promise<T> =>
    (await (await fetch(`${adminUrl}/api/v1${path}`)).json()) as T;
  /** Runs `fig` in the folder, against the front door. */
  const fig = async (...words: string[]) => {
    const deps = fakeDeps({ cwd: folder, env });
    const code = await runCli([...words, "--admin", adminUrl], deps);
    return { code, out: deps.stdout.text(), err: deps.stderr.text() };
  };
  const set = async (revision: number) => unpackFiles((await get<FilesAt>(`/files/${revision}`)).packed);
  return { folder, front, get, fig, set, adminUrl };
}

describe("files in the ledger", { timeout: 120_000 }, () => {
  test("the files of a start are kept without an entry; each change of them is one, with what changed", async () => {
    const { folder, front, get, fig, set } = await start({
      "fig.yaml": FIG,
      "routes/one.yaml": route("one"),
    });
    expect(await get("/ledger")).toEqual([]);
    writeInto(folder, { "routes/two.yaml": route("two") });
    await front.reload();
    await front.reload();
    const [entry, ...others] = await get<{ kind: string; reason: string }[]>("/ledger");
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ revision: 1, kind: "files", reason: "two added", changes: [] });
    writeInto(folder, {
      "routes/one.yaml": route("one", "    cohort: shop\n"),
      "fig.yaml": `${FIG}limits: { url: 4KiB }\n`,
    });
    await front.reload();
    const rows = await get<FilesRow[]>("/files");
    expect(rows).toMatchObject([
      {
        revision: 2,
        changed: ["one", "setting limits", "file fig.yaml", "file routes/one.yaml"],
        inForce: true,
        kept: true,
      },
      { revision: 1, added: ["two", "file routes/two.yaml"], inForce: false, kept: true },
      { revision: 0, files: 2, added: [], kept: true },
    ]);
    expect((await set(0)).files).toEqual([
      { path: "fig.yaml", text: FIG },
      { path: "routes/one.yaml", text: route("one") },
    ]);
    expect((await set(1)).files.map(({ path }) => path)).toEqual([
      "fig.yaml",
      "routes/one.yaml",
      "routes/two.yaml",
    ]);
    const history = await fig("history");
    expect(history.out).toMatch(/r2 .* files {2}by [\s\S]*one, setting limits changed[\s\S]*r1 .* files/);
  });

  test("a shift's revision between two changes has the files of the earlier one", async () => {
    const { folder, front, set, fig } = await start({ "fig.yaml": FIG, "routes/one.yaml": route("one") });
    await front.shift("one", { shadow: 100, reason: "look" });
    writeInto(folder, { "routes/two.yaml": route("two") });
    await front.reload();
    expect((await set(1)).files).toHaveLength(2);
    expect((await set(2)).files).toHaveLength(3);
    expect((await fig("files", "--at", "1", "--to", "was")).out).toContain("wrote 2 files of revision 0 to ");
    expect(readFileSync(join(folder, "was/routes/one.yaml"), "utf8")).toBe(route("one"));
    expect((await fig("files", "--at", "1", "--to", "was")).err).toContain("is not empty");
    // Of what is not there yet no files are known: not those that are in force now.
    for (const asked of [
      ["files", "--at", "3"],
      ["files", "diff", "1", "3"],
      ["files", "restore", "3", "--reason", "typed wrongly"],
    ])
      expect(await fig(...asked)).toMatchObject({
        code: 2,
        out: "",
        err: expect.stringContaining("revision 3 is not in the ledger, which ends at 2"),
      });
    expect((await fig("files", "diff", "1", "2")).out).toBe(
      [
        "--- none",
        "+++ r2/routes/two.yaml",
        "@@ -1 +1 @@",
        ...route("two")
          .trimEnd()
          .split("\n")
          .map((line) => `+${line}`),
        "",
      ].join("\n"),
    );
  });

  test("one command goes back from a bad change, with a copy of what was there", async () => {
    const before = { "fig.yaml": FIG, "routes/one.yaml": route("one") };
    const { folder, front, get, fig } = await start(before);
    const bad = route("one", "    cohort: wrong\n");
    writeInto(folder, { "routes/one.yaml": bad, "routes/extra.yaml": route("extra") });
    await front.reload();
    const dry = await fig("files", "restore", "--dry-run");
    expect(dry).toMatchObject({
      code: 0,
      out: "write   routes/one.yaml\nremove  routes/extra.yaml\ndry run: nothing was written\n",
    });
    const done = await fig("files", "restore", "--reason", "wrong cohort", "--by", "ada");
    expect(done).toMatchObject({ code: 0 });
    expect(done.out).toContain("in force with revision 2");
    expect(readFileSync(join(folder, "routes/one.yaml"), "utf8")).toBe(route("one"));
    expect(readdirSync(join(folder, "routes"))).toEqual(["one.yaml"]);
    const [copy = ""] = readdirSync(join(folder, ".fig")).filter((name) => name.startsWith("files-"));
    expect(readFileSync(join(folder, ".fig", copy, "routes/one.yaml"), "utf8")).toBe(bad);
    expect(readFileSync(join(folder, ".fig", copy, "routes/extra.yaml"), "utf8")).toBe(route("extra"));
    expect((await get<unknown[]>("/ledger")).at(-1)).toMatchObject({
      ...{ revision: 2, kind: "files", by: "ada" },
      reason: "wrong cohort (the files of revision 0 again: extra removed; one changed)",
    });
    expect(await get<FilesRow[]>("/files")).toMatchObject([
      { revision: 2, again: 0, inForce: true },
      { revision: 1 },
      { revision: 0 },
    ]);
    // The set before the newest is the bad one now.
    expect((await fig("files", "restore", "0", "--reason", "again")).out).toBe(
      "the files here are those of revision 0 already\n",
    );
  });

  test("files that cannot be written stay as they are, with what to do", async () => {
    const { folder, front, fig } = await start({ "fig.yaml": FIG, "routes/one.yaml": route("one") });
    writeInto(folder, { "routes/two.yaml": route("two") });
    await front.reload();
    // As Kubernetes mounts a ConfigMap; whoever runs this test may be allowed to write anywhere.
    mkdirSync(join(folder, "routes/..version"));
    symlinkSync("..version", join(folder, "routes/..data"));
    const refused = await fig("files", "restore", "--reason", "back");
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("files_read_only");
    expect(refused.err).toContain("kubectl create configmap");
    expect(readdirSync(join(folder, "routes"))).toContain("two.yaml");
  });

  test("files that do not pass are no revision, and going back from them is the same command", async () => {
    const { folder, front, get, fig } = await start({ "fig.yaml": FIG, "routes/one.yaml": route("one") });
    writeInto(folder, { "routes/one.yaml": "routes: [" });
    await front.reload();
    expect(await get("/ledger")).toEqual([]);
    const done = await fig("files", "restore", "0", "--reason", "it does not parse");
    expect(done.code).toBe(0);
    expect(readFileSync(join(folder, "routes/one.yaml"), "utf8")).toBe(route("one"));
    expect(await get("/ledger")).toEqual([]);
  });

  test("a credential in a file is not kept; going back takes it from the file that is there", async () => {
    const secret = "s3cr3t-that-nobody-may-see-0001";
    const files = (url: string) => ({
      "fig.yaml": `${FIG}webhooks:\n  - url: https://hooks.example/${secret}\n    secret: "${secret}"   # inline\nlimits: { url: ${url} }\n# see https://ada:${secret}@git.example/\n`,
      "routes/one.yaml": route(
        "one",
        `    headers: { request: { set: { authorization: "Bearer ${secret}", x-plain: "${url}" } } }\n`,
      ),
    });
    const { folder, front, get, fig, set } = await start(files("4KiB"));
    writeInto(folder, files("5KiB"));
    await front.reload();
    for (const revision of [0, 1]) {
      const text = JSON.stringify([await set(revision), await get("/ledger"), await get("/files")]);
      expect(text).not.toContain(secret);
      expect(text).toContain("x-plain");
    }
    const redacted = ["fig.yaml:8", "fig.yaml:9", "fig.yaml:11", "routes/one.yaml:5"];
    expect((await get<FilesRow[]>("/files"))[0]?.redacted).toEqual(redacted);
    expect((await fig("files", "restore", "--reason", "back")).code).toBe(0);
    expect(readFileSync(join(folder, "routes/one.yaml"), "utf8")).toBe(files("4KiB")["routes/one.yaml"]);
    expect(readFileSync(join(folder, "fig.yaml"), "utf8")).toBe(
      files("4KiB")["fig.yaml"].replace(`ada:${secret}@`, "[redacted]@"),
    );
    writeInto(folder, { "routes/one.yaml": route("one") });
    const refused = await fig("files", "restore", "0", "--reason", "back");
    expect(refused.err).toContain("files_redacted: a credential stood in routes/one.yaml");
  });

  test("what comes from the environment is kept as it is written, byte for byte", async () => {
    const fig = `${FIG}adminToken: "\${TOKEN}"\nlimits: { url: 4KiB }`.replaceAll("\n", "\r\n");
    const { adminUrl } = await start({ "fig.yaml": fig }, { TOKEN: "0123456789abcdef" });
    const headers = { authorization: "Bearer 0123456789abcdef" };
    const at = (await (await fetch(`${adminUrl}/api/v1/files/0`, { headers })).json()) as FilesAt;
    expect((await unpackFiles(at.packed)).files).toEqual([{ path: "fig.yaml", text: fig }]);
    expect(at.redacted).toEqual([]);
    expect((await fetch(`${adminUrl}/api/v1/files`)).status).toBe(401);
  });
});

test("of a fleet with the same files one front door writes; edits of comments are kept too", {
  timeout: 120_000,
}, async () => {
  const shared = folderOf({});
  const files = {
    "fig.yaml": FIG.replace('"memory:"', `sqlite:${join(shared, "state.db")}`),
    "routes/one.yaml": route("one"),
  };
  const [one, two] = [await start(files), await start(files)];
  const change = { "routes/two.yaml": route("two") };
  writeInto(one.folder, change);
  writeInto(two.folder, change);
  await Promise.all([one.front.reload(), two.front.reload()]);
  await expect.poll(async () => (await two.get<unknown[]>("/ledger")).length).toBe(1);
  writeInto(one.folder, { "routes/two.yaml": `# why it is there\n${route("two")}` });
  await one.front.reload();
  expect((await one.get<unknown[]>("/ledger")).at(-1)).toMatchObject({
    revision: 2,
    reason: "file routes/two.yaml changed",
  });
  // A third that serves the same by an address of its own changes nothing.
  const third = await start({ ...files, ...change, "fig.yaml": `${files["fig.yaml"]}name: third\n` });
  expect(await third.get("/ledger")).toHaveLength(2);
});
