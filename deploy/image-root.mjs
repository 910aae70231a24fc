// Puts together what the image is copied from, in a new folder. `FOLDER/root`: this Node with the libraries it is linked to, and the
// package with what `npm prune --omit=dev` left. `FOLDER/state/fig`: the folder of the state, by itself, as COPY gives its owner only to
// what it makes. Run where deploy/Dockerfile runs it: in the root of a built clone. `node deploy/image-root.mjs FOLDER`
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write("image-root: where to?\n");
  process.exit(2);
}
const root = join(folder, "root");
/** Nobody's number in images without a user database. */
const USER = 65532;

/** A program's shared libraries, its loader among them, where it looks for them. */
function librariesOf(program) {
  const lines = execFileSync("ldd", [program], { encoding: "utf8" }).split("\n");
  return lines.map((line) => /(\/\S+) \(0x/.exec(line)?.[1]).filter((path) => path !== undefined);
}

function put(from, to) {
  const target = join(root, to);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(from, target, { recursive: true, dereference: false });
}

const node = realpathSync(process.execPath);
put(node, "usr/local/bin/node");
chmodSync(join(root, "usr/local/bin/node"), 0o755);
for (const library of librariesOf(node)) put(realpathSync(library), library);

const { files } = JSON.parse(readFileSync("package.json", "utf8"));
for (const path of [...files, "package.json", "LICENSE", "node_modules", "deploy/health.mjs"])
  put(path, join("app", path));

mkdirSync(join(root, "etc/fig"), { recursive: true });
mkdirSync(join(root, "var/lib"), { recursive: true });
mkdirSync(join(folder, "state/fig"), { recursive: true });
writeFileSync(join(root, "etc/passwd"), `fig:x:${USER}:${USER}:fig:/var/lib/fig:/sbin/nologin\n`);
writeFileSync(join(root, "etc/group"), `fig:x:${USER}:\n`);
