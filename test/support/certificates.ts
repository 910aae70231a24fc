import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** PEM texts. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

interface Wanted {
  /** DNS names, the first as its common name too. */
  readonly names?: readonly string[];
  readonly subject?: string;
  /** ISO 8601; by default from an hour ago, for 90 days. */
  readonly from?: string;
  readonly to?: string;
  readonly signedBy?: Pair;
  /** An authority's own. */
  readonly authority?: boolean;
  readonly rsa?: boolean;
}

const DAY_MS = 86_400_000;

/** As openssl ca takes it: YYYYMMDDHHMMSSZ. */
function stamp(ms: number): string {
  return `${new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, "")}`;
}

/** A new certificate, made by openssl. */
export function certificate({ names = ["localhost"], ...wanted }: Wanted = {}): Pair {
  const folder = mkdtempSync(join(tmpdir(), "fig-cert-"));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) =>
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  try {
    if (wanted.rsa) openssl("genrsa", "-out", "key", "2048");
    else openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key");
    const subject = wanted.subject ?? `/CN=${names[0]}`;
    openssl("req", "-new", "-utf8", "-key", "key", "-subj", subject, "-out", "csr");
    const { signedBy } = wanted;
    writeFileSync(at("ca.key"), signedBy?.key ?? readFileSync(at("key")));
    if (signedBy !== undefined) writeFileSync(at("ca.crt"), signedBy.cert);
    writeFileSync(at("index"), "");
    writeFileSync(at("serial"), `${Date.now().toString(16).padStart(16, "0")}\n`);
    const extensions =
      wanted.authority === true
        ? "basicConstraints=critical,CA:true"
        : `basicConstraints=CA:false\nsubjectAltName=${names.map((name) => `DNS:${name}`).join(",")}`;
    writeFileSync(
      at("conf"),
      `[ca]\ndefault_ca=own\n[own]\ndir=.\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\nunique_subject=no\n[any]\nO=optional\nCN=optional\n[ext]\n${extensions}\n`,
    );
    const from = Date.parse(wanted.from ?? new Date(Date.now() - 3_600_000).toISOString());
    const to = Date.parse(wanted.to ?? new Date(Date.now() + 90 * DAY_MS).toISOString());
    const signer =
      signedBy === undefined ? ["-selfsign", "-keyfile", "key"] : ["-keyfile", "ca.key", "-cert", "ca.crt"];
    openssl(
      ...[
        "ca",
        "-batch",
        "-utf8",
        "-config",
        "conf",
        "-extensions",
        "ext",
        "-in",
        "csr",
        "-out",
        "crt",
        "-notext",
      ],
      ...["-startdate", stamp(from), "-enddate", stamp(to), ...signer],
    );
    return { cert: readFileSync(at("crt"), "utf8"), key: readFileSync(at("key"), "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
