import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { signRpc, stringToSign, verifyRpc } from "../../src/protocol/rpc-signature.js";

const PARAMETERS = {
  Version: "2018-01-20",
  Timestamp: "2026-11-23T08:00:00Z",
  SignatureVersion: "1.0",
  SignatureNonce: "00112233445566778899aabbccddeeff",
  SignatureMethod: "HMAC-SHA1",
  ProductKey: "a1B2c3D4e5F",
  MessageContent: "aGVsbG8gd29ybGQgfiohJygp",
  IotInstanceId: "iot-06z00abcdefgh",
  Format: "JSON",
  Action: "PubBroadcast",
  AccessKeyId: "testid",
};
const SIGNED =
  "&%2F&AccessKeyId%3Dtestid%26Action%3DPubBroadcast%26Format%3DJSON%26IotInstanceId%3Diot-06z00abcdefgh" +
  "%26MessageContent%3DaGVsbG8gd29ybGQgfiohJygp%26ProductKey%3Da1B2c3D4e5F%26SignatureMethod%3DHMAC-SHA1" +
  "%26SignatureNonce%3D00112233445566778899aabbccddeeff%26SignatureVersion%3D1.0" +
  "%26Timestamp%3D2026-11-23T08%253A00%253A00Z%26Version%3D2018-01-20";

// The expected values were made by @alicloud/pop-core 1.8.0 with a fixed clock and nonce.
for (const [method, signature] of [
  ["GET", "G9H0MbiJT+J6lidgAppY5Kox5l0="],
  ["POST", "twofhGRLplBImL6PpxliRtTYhuU="],
] as const) {
  test(`a ${method} is signed as the platform's own library signs it`, () => {
    assert.equal(stringToSign(method, PARAMETERS), method + SIGNED);
    assert.equal(signRpc(method, PARAMETERS, "testsecret"), signature);
    assert.ok(verifyRpc(method, { ...PARAMETERS, Signature: signature }, "testsecret"));
  });
}

test("the method is signed in upper case", () => {
  assert.equal(signRpc("post", PARAMETERS, "testsecret"), signRpc("POST", PARAMETERS, "testsecret"));
});

test("names sort by code unit, and what encodeURIComponent leaves bare is encoded", () => {
  assert.equal(
    stringToSign("POST", { b: "!'()*~ /", B: "ä", "A.10": "x", "A.2": "" }),
    "POST&%2F&A.10%3Dx%26A.2%3D%26B%3D%25C3%25A4%26b%3D%2521%2527%2528%2529%252A~%2520%252F",
  );
});

test("a wrong, short or missing signature does not verify", () => {
  for (const Signature of ["", "x", "G9H0MbiJT+J6lidgAppY5Kox5l0=", "twofhGRLplBImL6PpxliRtTYhuU"])
    assert.equal(verifyRpc("POST", { ...PARAMETERS, Signature }, "testsecret"), false);
  assert.equal(verifyRpc("POST", PARAMETERS, "testsecret"), false);
});

test("what is signed verifies, and not after any one value changed or under another secret", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ minLength: 1, unit: "binary" }), fc.string({ unit: "binary" }), { minKeys: 1 }),
      fc.string(),
      (given, secret) => {
        const { Signature: _, ...parameters } = given;
        const Signature = signRpc("POST", parameters, secret);
        assert.ok(verifyRpc("POST", { ...parameters, Signature }, secret));
        assert.equal(verifyRpc("POST", { ...parameters, Signature }, `${secret}.`), false);
        assert.equal(verifyRpc("GET", { ...parameters, Signature }, secret), false);
        const name = Object.keys(parameters)[0];
        if (name === undefined) return;
        assert.equal(verifyRpc("POST", { ...parameters, [name]: `${parameters[name]}.`, Signature }, secret), false);
      },
    ),
  );
});
