import assert from "node:assert/strict";
import { test } from "node:test";
import { type Acs3Call, callAcs3 } from "../support/platform-acs3.js";
import { nextPublish, openOnline } from "../support/platform-device.js";
import {
  ACCESS_KEY,
  callApi,
  nth,
  PRODUCT,
  postForm,
  signedCall,
  startPlatform,
  triplets,
} from "../support/platform-start.js";

const devices = triplets(2);
const product = { ProductKey: PRODUCT };

for (const method of ["GET", "POST"]) {
  test(`65,536 bytes arrive by a ${method} whose URL holds them all`, async () => {
    await using platform = await startPlatform(devices);
    await using device = await openOnline(platform.mqttUrl, nth(devices, 0));
    const content = Buffer.alloc(65_536, 0xfb);
    const query = { ...product, MessageContent: content.toString("base64") };
    const { status, json } = await callAcs3(platform, { action: "PubBroadcast", method, query });
    assert.deepEqual([status, json["Success"]], [200, true]);
    assert.ok(content.equals((await nextPublish(device)).payload));
  });
}

test("parameters come in the query, the form, or both", async () => {
  await using platform = await startPlatform(devices);
  const query = { ...product, TopicFullName: `/${PRODUCT}/dev_000000/user/get` };
  const form = { MessageContent: "aGk=" };
  const pub = (call: Acs3Call) => callAcs3(platform, { action: "Pub", ...call });
  assert.equal((await pub({ query, form })).json["Success"], true);
  assert.equal((await pub({ form: { ...query, ...form } })).json["Success"], true);
  assert.equal((await pub({ query: { ...query, ...form } })).json["Success"], true);
});

const faults: [name: string, call: Acs3Call, status: number, code: string][] = [
  ["no action", { headers: { "x-acs-action": "" } }, 400, "MissingParameter"],
  ["an unknown action", { action: "LaunchRocket" }, 404, "InvalidAction.NotFound"],
  ["no version", { headers: { "x-acs-version": "" } }, 400, "MissingVersion"],
  ["another version", { headers: { "x-acs-version": "2017-04-20" } }, 400, "InvalidVersion"],
  ["XML", { headers: { accept: "application/xml" } }, 400, "InvalidParameter.Accept"],
  ["no date", { headers: { "x-acs-date": "" } }, 400, "MissingTimestamp"],
  ["an old date", { headers: { "x-acs-date": "2020-01-01T00:00:00Z" } }, 400, "InvalidTimeStamp.Expired"],
  ["a date of another form", { headers: { "x-acs-date": "2020-01-01" } }, 400, "InvalidTimeStamp.Format"],
  ["no nonce", { headers: { "x-acs-signature-nonce": "" } }, 400, "MissingSignatureNonce"],
  ["no hash of the body", { headers: { "x-acs-content-sha256": "" } }, 400, "IncompleteSignature"],
  ["a wrong hash of the body", { headers: { "x-acs-content-sha256": "00" } }, 400, "SignatureDoesNotMatch"],
  ["another algorithm", { headers: { authorization: "ACS3-HMAC-SM3 Credential=a" } }, 400, "InvalidSignatureMethod"],
  ["half a signature", { headers: { authorization: "ACS3-HMAC-SHA256 Credential=a" } }, 400, "IncompleteSignature"],
  ["a wrong secret", { secret: "wrong" }, 400, "SignatureDoesNotMatch"],
  [
    "a token nobody gave",
    { headers: { "x-acs-security-token": "t" } },
    400,
    "InvalidSecurityToken.MismatchWithAccessKey",
  ],
  ["no product key", { query: {} }, 400, "MissingProductKey"],
];

for (const [name, call, status, code] of faults) {
  test(`${name} is refused: ${code}`, async () => {
    await using platform = await startPlatform(devices);
    const answer = await callAcs3(platform, { query: product, ...call });
    assert.deepEqual([answer.status, answer.json["Code"]], [status, code]);
    assert.equal(answer.json["HostId"], new URL(platform.popUrl).host);
    assert.ok(!JSON.stringify(answer.json).includes(ACCESS_KEY.accessKeySecret));
  });
}

test("a wrong signature is shown what was signed", async () => {
  await using platform = await startPlatform(devices);
  const { json } = await callAcs3(platform, { query: product, secret: "wrong" });
  const text = String(json["Message"]);
  assert.match(
    text,
    /^Specified signature does not match our calculation\. server StringToSign is \[`ACS3-HMAC-SHA256\n[0-9a-f]{64}`\]/,
  );
  assert.match(text, /server CanonicalRequest is \[`POST\n\/\nProductKey=a1B2c3D4e5F\nhost:127\.0\.0\.1:/);
});

test("names of headers that every object has are answered as wrong, not stumbled over", async () => {
  await using platform = await startPlatform(devices);
  const required = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
  for (const name of ["constructor", "__proto__", "x-acs-security-token"]) {
    const authorization = `ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=${required};${name},Signature=00`;
    const { status, json } = await callAcs3(platform, { query: product, headers: { authorization } });
    assert.deepEqual([status, json["Code"]], [400, "SignatureDoesNotMatch"]);
  }
  const authorization = `ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=${required}${";host".repeat(200)},Signature=00`;
  const { json } = await callAcs3(platform, { query: product, headers: { authorization } });
  assert.equal(json["Code"], "IncompleteSignature");
});

test("a call is accepted once", async () => {
  await using platform = await startPlatform(devices);
  const headers = { "x-acs-signature-nonce": "the-same-nonce" };
  assert.equal((await callAcs3(platform, { query: product, headers })).json["Success"], true);
  assert.equal((await callAcs3(platform, { query: product, headers })).json["Code"], "SignatureNonceUsed");
});

test("a header that is added after signing changes nothing, one that is changed does", async () => {
  await using platform = await startPlatform(devices);
  const added = await callAcs3(platform, { query: product, tamper: (headers) => (headers["x-forwarded-for"] = "::1") });
  assert.equal(added.json["Success"], true);
  const changed = await callAcs3(platform, {
    query: product,
    tamper: (headers) => (headers["x-acs-action"] = "DeleteDevice"),
  });
  assert.equal(changed.json["Code"], "SignatureDoesNotMatch");
});

test("a temporary key needs its token, by both signatures, and no answer shows it", async () => {
  const securityToken = "CAIS-the-token+/=";
  const accessKeys = [{ ...ACCESS_KEY, securityToken }];
  await using platform = await startPlatform(devices, { accessKeys });
  const mismatch = "InvalidSecurityToken.MismatchWithAccessKey";
  const v1 = async (parameters: Record<string, string>) =>
    (await callApi(platform, "QueryProduct", { ...product, ...parameters })).json;
  const v3 = async (token: string, secret = ACCESS_KEY.accessKeySecret) =>
    (await callAcs3(platform, { query: product, secret, headers: { "x-acs-security-token": token } })).json;
  assert.equal((await v1({}))["Code"], "MissingSecurityToken");
  assert.equal((await v1({ SecurityToken: "other" }))["Code"], mismatch);
  assert.equal((await v1({ SecurityToken: securityToken }))["Success"], true);
  assert.equal((await v3(""))["Code"], "MissingSecurityToken");
  assert.equal((await v3("other"))["Code"], mismatch);
  assert.equal((await v3(securityToken))["Success"], true);
  const shown = [await v3(securityToken, "wrong")];
  const form = { ...signedCall("QueryProduct", { ...product, SecurityToken: securityToken }), Signature: "AAAA" };
  shown.push((await postForm(platform, form)).json);
  for (const json of shown) {
    assert.equal(json["Code"], "SignatureDoesNotMatch");
    assert.ok(!decodeURIComponent(decodeURIComponent(String(json["Message"]))).includes(securityToken));
  }
});
