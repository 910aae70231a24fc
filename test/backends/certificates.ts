import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Issued {
  readonly folder: string;
  /** A certificate for these names, such as `DNS:orders.test,IP:127.0.0.1`. */
  issue(file: string, names: string, days?: number): Issued;
}

const openssl = (...words: string[]) => execFileSync("openssl", words, { stdio: "pipe" });

/** A certificate authority in a folder of its own, gone when the test ends. */
export function authority(name = "ca"): Authority {
  const folder = mkdtempSync(join(tmpdir(), "fig-tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const at = (file: string) => join(folder, file);
  const issued = (file: string): Issued => {
    const [certFile, keyFile] = [at(`${file}.pem`), at(`${file}.key`)];
    return { certFile, keyFile, cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
  };
  const newKey = (file: string) => [
    ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-keyout", at(`${file}.key`)],
  ];
  openssl("req", "-x509", ...newKey(name), "-out", at(`${name}.pem`), "-days", "2", "-subj", `/CN=${name}`);
  return {
    ...issued(name),
    folder,
    issue(file, names, days = 2) {
      openssl("req", "-new", ...newKey(file), "-out", at(`${file}.csr`), "-subj", `/CN=${file}`);
      writeFileSync(at(`${file}.ext`), `subjectAltName=${names}\n`);
      openssl(
        ...["x509", "-req", "-in", at(`${file}.csr`), "-CA", at(`${name}.pem`), "-CAkey", at(`${name}.key`)],
        ...["-CAcreateserial", "-days", String(days), "-extfile", at(`${file}.ext`)],
        ...["-out", at(`${file}.pem`)],
      );
      return issued(file);
    },
  };
}
