import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { certificateId } from "../../src/acme/renewal-info.ts";
import { certificate } from "../support/certificates.ts";

/** A certificate with this serial number whose issuer's key has this id. */
function issued(serial: string, keyId: string, critical = ""): string {
  const folder = mkdtempSync(join(tmpdir(), "fig-id-"));
  const openssl = (...args: readonly string[]) =>
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  try {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    const ca = ["-keyout", "ca.key", "-out", "ca.crt", "-addext", `subjectKeyIdentifier=${keyId}`];
    openssl("req", "-x509", ...key, "-subj", "/CN=ca", ...ca);
    openssl("req", "-new", ...key, "-subj", "/CN=a", "-keyout", "a.key", "-out", "a.csr");
    writeFileSync(join(folder, "ext"), `authorityKeyIdentifier=${critical}keyid\n`);
    const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", serial, "-extfile", "ext"];
    openssl("x509", "-req", "-in", "a.csr", ...signed, "-out", "a.crt");
    return readFileSync(join(folder, "a.crt"), "utf8");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a certificate is named as RFC 9773 names its example", () => {
  const keyId = "69:88:5B:6B:87:46:40:41:E1:B3:7B:84:7B:A0:AE:2C:DE:01:C8:D4";
  expect(certificateId(issued("0x87654321", keyId))).toBe("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
  expect(certificateId(issued("0x123", keyId))).toBe("aYhba4dGQEHhs3uEe6CuLN4ByNQ.ASM");
});

test("one that does not say whose key signed it has no name", () => {
  expect(certificateId(certificate().cert)).toBeUndefined();
});
