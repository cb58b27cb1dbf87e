import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Acs3Request,
  acs3StringToSign,
  canonicalRequest,
  parseAcs3Authorization,
  signAcs3,
  verifyAcs3,
} from "../../src/protocol/acs3-signature.js";
import { sha256Hex } from "../../src/protocol/sha256.js";

const SECRET = "testsecret";

/** Made by the vendor's SDK with a fixed clock and nonce. */
const vector: Acs3Request = {
  method: "POST",
  path: "/",
  query: {
    ProductKey: "a1B2c3D4e5F",
    MessageContent: "aGVsbG8gd29ybGQgfiohJygp",
    IotInstanceId: "iot-06z00abcdefgh",
  },
  headers: {
    host: "127.0.0.1:18080",
    accept: "application/json",
    "x-acs-action": "PubBroadcast",
    "x-acs-version": "2018-01-20",
    "x-acs-date": "2026-11-23T08:00:00Z",
    "x-acs-signature-nonce": "00112233445566778899aabbccddeeff",
    "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "x-acs-credentials-provider": "static_ak",
  },
  body: new Uint8Array(0),
};

const authorize = (request: Acs3Request, secret = SECRET) => {
  const authorization = parseAcs3Authorization(signAcs3(request, "testid", secret));
  assert.ok(authorization);
  return authorization;
};

test("the SDK's own vector is signed as the SDK signs it", () => {
  const authorization = authorize(vector);
  const hash = "32e8063e94495cfc067d93e0eb5fc5dc118af62a7e6fd56c41abcd7051469613";
  const canonical = canonicalRequest(vector, authorization.signedHeaders);
  assert.equal(sha256Hex(canonical), hash);
  assert.equal(acs3StringToSign(canonical), `ACS3-HMAC-SHA256\n${hash}`);
  assert.equal(authorization.signature, "20de28dceb4cc8d21a3f07ffd2bd803343d4c57177934c3f31bb5eda535a46e4");
  assert.equal(authorization.accessKeyId, "testid");
  assert.equal(
    authorization.signedHeaders.join(";"),
    "host;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-signature-nonce;x-acs-version",
  );
  assert.ok(verifyAcs3(vector, authorization, SECRET));
});

test("what the URL leaves bare is encoded in the canonical query", () => {
  const line = canonicalRequest({ ...vector, query: { b: "~ /+", "DeviceName.1": "dev(1)*!'" } }, []).split("\n")[2];
  assert.equal(line, "DeviceName.1=dev%281%29%2A%21%27&b=~%20%2F%2B");
});

test("header values are trimmed", () => {
  const blank = { ...vector, headers: { ...vector.headers, "x-acs-action": "  PubBroadcast " } };
  assert.ok(verifyAcs3(blank, authorize(vector), SECRET));
});

const changes: [what: string, request: Acs3Request][] = [
  ["the method", { ...vector, method: "GET" }],
  ["the path", { ...vector, path: "/x" }],
  ["a parameter", { ...vector, query: { ...vector.query, ProductKey: "a1B2c3D4e5G" } }],
  ["one parameter more", { ...vector, query: { ...vector.query, TopicFullName: "/x" } }],
  ["a signed header", { ...vector, headers: { ...vector.headers, "x-acs-action": "QueryProduct" } }],
  ["the body", { ...vector, body: Buffer.from("a=1") }],
  ["a header that is gone", { ...vector, headers: { ...vector.headers, host: "" } }],
];

for (const [what, request] of changes) {
  test(`another signature belongs to a call that differs in ${what}`, () => {
    assert.ok(!verifyAcs3(request, authorize(vector), SECRET));
  });
}

test("a body that is not the announced one is refused even where the rest is signed", () => {
  const lying = { ...vector, body: Buffer.from("a=1") };
  assert.ok(!verifyAcs3(lying, authorize(lying), SECRET));
});

test("a required header that is left out of the signature refuses the call", () => {
  for (const left of ["host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce"]) {
    const headers = Object.fromEntries(Object.entries(vector.headers).filter(([name]) => name !== left));
    const authorization = authorize({ ...vector, headers });
    assert.ok(!verifyAcs3(vector, authorization, SECRET), left);
  }
});

test("no other secret verifies", () => {
  assert.ok(!verifyAcs3(vector, authorize(vector, "other"), SECRET));
});

test("headers of another form are none", () => {
  const texts = [
    "",
    "ACS3-HMAC-SHA256",
    "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=xyz",
    "ACS3-HMAC-SM3 Credential=a,SignedHeaders=b,Signature=00",
  ];
  for (const text of texts) assert.equal(parseAcs3Authorization(text), null, text);
});

test("whatever is signed verifies, and with one bit of the signature changed it does not", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(fc.dictionary(text, text), fc.uint8Array(), text, (query, body, secret) => {
      const headers = { ...vector.headers, "x-acs-content-sha256": sha256Hex(body) };
      const request = { ...vector, query, body, headers };
      const authorization = authorize(request, secret);
      const flipped = authorization.signature.replace(/^./, (c) => (c === "0" ? "1" : "0"));
      assert.ok(verifyAcs3(request, authorization, secret));
      assert.ok(!verifyAcs3(request, { ...authorization, signature: flipped }, secret));
    }),
  );
});
