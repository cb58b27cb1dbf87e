import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createPopClient } from "../../src/cloud/pop-client.js";
import { IotbError } from "../../src/domain/errors.js";
import { POP_KEYS } from "../support/pop-keys.js";
import { answer, hold, startPopScriptedServer } from "../support/pop-scripted-server.js";

const missing = spawnSync("openssl", ["version"]).error !== undefined && process.env["IOTB_REQUIRE_PEERS"] !== "1";
const signal = new AbortController().signal;

/** A certificate for 127.0.0.1 that nobody vouches for, made anew: a key in the repository would look like a leak. */
const selfSigned = (): { key: string; cert: string } => {
  const folder = mkdtempSync(join(tmpdir(), "iotb-tls-"));
  try {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    const name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    execFileSync("openssl", ["req", ...kind, ...name, "-keyout", key, "-out", cert], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

test("over TLS a trusted server is called; of an untrusted one it is known that nothing was sent", {
  skip: missing ? "openssl is not installed" : false,
}, async () => {
  const tls = selfSigned();
  await using server = await startPopScriptedServer(
    (response, request) =>
      (request.form["Action"] === "QueryProduct" ? answer({ Success: true, RequestId: "T-1" }) : hold)(
        response,
        request,
      ),
    tls,
  );
  const trusting = createPopClient({ endpoint: server.endpoint, ...POP_KEYS, ca: tls.cert });
  assert.equal((await trusting.call("QueryProduct", {}, { signal }))["RequestId"], "T-1");
  const prepared = trusting.prepare("QueryProduct", {}, { signal });
  await prepared.ready;
  assert.equal(server.requests.length, 1);
  assert.equal((await prepared.send())["RequestId"], "T-1");
  assert.equal(server.sockets.length, 2);
  await assert.rejects(trusting.call("PubBroadcast", {}, { signal, timeoutMs: 150 }), { code: "api-unknown-fate" });

  const wary = createPopClient({ endpoint: server.endpoint, ...POP_KEYS });
  await assert.rejects(
    wary.call("PubBroadcast", {}, { signal }),
    (error) => error instanceof IotbError && error.code === "api-unreachable" && /SELF_SIGNED/.test(error.message),
  );
  assert.equal(server.requests.length, 3);
});
