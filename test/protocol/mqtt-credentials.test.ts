import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  connectPassword,
  isPasswordForm,
  parseClientId,
  parseUsername,
  SIGN_METHODS,
  type SignMethod,
  signConnect,
  verifyPassword,
} from "../../src/protocol/mqtt-credentials.js";

const T = {
  productKey: "a1B2c3D4e5F",
  deviceName: "dev_000001",
  deviceSecret: "0123456789abcdef0123456789abcdef",
};
const STAMP = "1700000000000";

describe("connectPassword", () => {
  const docDevice = { productKey: "pk", deviceName: "device", deviceSecret: "secret" };
  const cases: [string, typeof T, SignMethod, string | undefined, string | undefined, string][] = [
    ["the TCP page's example, md5", docDevice, "hmacmd5", "12345", "789", "14b198324fe55e1d3c88f2e705e201ee"],
    ["the TCP page's example, sha1", docDevice, "hmacsha1", "12345", "789", "fafd82a3d602b37fb0fa8b7892f24a477f851a14"],
    [
      "the TCP page's example, sha256",
      docDevice,
      "hmacsha256",
      "12345",
      "789",
      "6074a46a91b1ebb2cc4ea42790ad0e80202c9843859fc292e57c4eb19fad9e57",
    ],
    ["base and timestamp, md5", T, "hmacmd5", "12345", STAMP, "c469c852c970c8030fd6a1766b18f4ea"],
    ["base and timestamp, sha1", T, "hmacsha1", "12345", STAMP, "5358af1c4545c40031aacb290e705c91b45b9242"],
    [
      "base and timestamp, sha256",
      T,
      "hmacsha256",
      "12345",
      STAMP,
      "c14cda14bc8f6613d8d4d9f01f0827fbd58264303bff5a20e214c1a9bd52fb58",
    ],
    ["no timestamp, md5", T, "hmacmd5", "12345", undefined, "044f71311ecf9aa23083b46edcca05e3"],
    ["no timestamp, sha1", T, "hmacsha1", "12345", undefined, "ae61aac4ac359c9e5f24104e119846d3824c0f6a"],
    [
      "no timestamp, sha256",
      T,
      "hmacsha256",
      "12345",
      undefined,
      "c935d7d1fd3e451c678e190a6c4d787891ab1beb0741d08b3537e07e77af0bf2",
    ],
  ];
  for (const [name, triplet, method, base, stamp, wanted] of cases) {
    it(name, () => assert.equal(connectPassword(triplet, method, base, stamp), wanted));
  }
});

/** Logins as other clients make them: client id, password, and whether the platform lets them in. */
const LOGINS: [string, string, string, boolean][] = [
  [
    "aliyun-iot-mqtt 0.0.4",
    `i|securemode=3,signmethod=hmacsha1,timestamp=${STAMP}|`,
    "5C2A412EA5A9B32BA5E9C1B630DD18E5A6583E97",
    true,
  ],
  [
    "aliyun-iot-mqtt 0.0.1",
    `11111111-2222-4333-8444-555555555555|securemode=3,signmethod=hmacsha1,timestamp=${STAMP}|`,
    "EAB72E51D1AE906136A5921CC5EFE74AFC22B45D",
    true,
  ],
  [
    "aliyun-iot-mqtt 0.0.1 with a host, which it signs wrongly",
    `11111111-2222-4333-8444-555555555555|securemode=3,signmethod=hmacsha1,timestamp=${STAMP}|`,
    "6987153064E563694516ADE7430F0C77912DC072",
    false,
  ],
  [
    "alibabacloud-iot-device-sdk 1.2.8",
    `a1B2c3D4e5F&dev_000001|securemode=3,signmethod=hmacsha1,timestamp=${STAMP},lan=NodeJS,_v=1.2.8|`,
    "5c4de9f3bf611bebfecddec400c4f6cc8ca3a367",
    true,
  ],
  [
    "alibabacloud-iot-device-sdk 1.2.8 over TLS",
    `a1B2c3D4e5F&dev_000001|securemode=2,signmethod=hmacsha1,timestamp=${STAMP},lan=NodeJS,_v=1.2.8|`,
    "5c4de9f3bf611bebfecddec400c4f6cc8ca3a367",
    true,
  ],
  [
    "aliyun-iot-device-sdk, with line ends between the parameters",
    `a1B2c3D4e5F&dev_000001_aliyun-iot-device-sdk-js|securemode=3,\n        signmethod=hmacsha1,\n        timestamp=${STAMP}|`,
    "0dd877dfe3c98634940efcc6073cabe556c61c8f",
    true,
  ],
  [
    "the C SDK",
    "a1B2c3D4e5F.dev_000001|timestamp=2524608000000,_ss=1,_v=sdk-c-4.0.0,securemode=2,signmethod=hmacsha256,ext=1,|",
    "86804D06FBBE2DEE94AA049855BF61D2A17F4F6C20ED2EB2D5CF82E358A877EA",
    true,
  ],
  [
    "a right password for another client id",
    `j|securemode=3,signmethod=hmacsha1,timestamp=${STAMP}|`,
    "5C2A412EA5A9B32BA5E9C1B630DD18E5A6583E97",
    false,
  ],
  ["a password of another length", `i|securemode=3,signmethod=hmacsha1,timestamp=${STAMP}|`, "5C2A", false],
];

describe("verifyPassword", () => {
  for (const [name, clientId, password, accepted] of LOGINS) {
    it(`${accepted ? "accepts" : "refuses"} ${name}`, () => {
      const parsed = parseClientId(clientId);
      assert.ok(parsed);
      assert.equal(verifyPassword(T, parsed, password), accepted);
    });
  }

  it("accepts what signConnect signs, and nothing by another secret", () => {
    const part = fc.stringMatching(/^[A-Za-z0-9_.:@-]{4,32}$/);
    fc.assert(
      fc.property(part, part, part, fc.constantFrom(...SIGN_METHODS), (deviceName, deviceSecret, base, method) => {
        const triplet = { productKey: "a1B2c3D4e5F", deviceName, deviceSecret };
        const login = signConnect(triplet, { method, secureMode: 2, base, timestamp: STAMP });
        const parsed = parseClientId(login.clientId);
        assert.ok(parsed);
        assert.equal(parsed.method, method);
        assert.equal(parsed.base, base);
        assert.ok(isPasswordForm(login.password, method));
        assert.deepEqual(parseUsername(login.username), { productKey: "a1B2c3D4e5F", deviceName });
        assert.ok(verifyPassword(triplet, parsed, login.password));
        assert.ok(!verifyPassword({ ...triplet, deviceSecret: `${deviceSecret}x` }, parsed, login.password));
      }),
    );
  });
});

describe("signConnect", () => {
  it("takes the product key and the device name where no base is given", () => {
    const { clientId, username, password } = signConnect(T, {
      method: "hmacsha256",
      secureMode: 2,
      timestamp: "2524608000000",
    });
    assert.equal(clientId, "a1B2c3D4e5F.dev_000001|securemode=2,signmethod=hmacsha256,timestamp=2524608000000|");
    assert.equal(username, "dev_000001&a1B2c3D4e5F");
    assert.equal(password, "86804d06fbbe2dee94aa049855bf61d2a17f4f6c20ed2eb2d5cf82e358a877ea");
  });

  it("never makes a base longer than 64 characters", () => {
    const long = { productKey: "p".repeat(64), deviceName: "d".repeat(32), deviceSecret: "s" };
    const parsed = parseClientId(signConnect(long, { method: "hmacmd5", secureMode: 3 }).clientId);
    assert.equal(parsed?.base.length, 64);
  });
});

describe("parseClientId", () => {
  const refused = [
    "",
    "plain",
    "i|",
    "i|securemode=3",
    "i|securemode|",
    "i|=3|",
    "i|signmethod=hmacsha512|",
    "i|signmethod=__proto__|",
    `${"x".repeat(65)}|securemode=3|`,
  ];
  for (const clientId of refused)
    it(`refuses ${JSON.stringify(clientId)}`, () => assert.equal(parseClientId(clientId), null));

  const accepted: [string, string, SignMethod, string | null][] = [
    ["i|securemode=3|", "i", "hmacmd5", null],
    ["|securemode=3,timestamp=1|", "", "hmacmd5", "1"],
    ["i|SIGNMETHOD=x,signmethod=HmacSha1|", "i", "hmacsha1", null],
    ["i|signmethod=sha256|", "i", "hmacsha256", null],
    [`${"x".repeat(64)}||`, "x".repeat(64), "hmacmd5", null],
  ];
  for (const [clientId, base, method, timestamp] of accepted) {
    it(`reads ${clientId.slice(0, 40)}`, () => {
      const parsed = parseClientId(clientId);
      assert.deepEqual(parsed && [parsed.base, parsed.method, parsed.timestamp], [base, method, timestamp]);
    });
  }
});

describe("parseUsername", () => {
  for (const username of ["", "d", "&pk", "d&", "d&p&q", "d/e&p"]) {
    it(`refuses ${JSON.stringify(username)}`, () => assert.equal(parseUsername(username), null));
  }
});

describe("isPasswordForm", () => {
  it("wants hex of the hash's length", () => {
    assert.ok(isPasswordForm("A".repeat(32), "hmacmd5"));
    assert.ok(!isPasswordForm("a".repeat(40), "hmacmd5"));
    assert.ok(!isPasswordForm("g".repeat(64), "hmacsha256"));
  });
});

it("the hash of dynamic registration is the same HMAC over other keys", () => {
  const content = "deviceNamedev_000001productKeya1B2c3D4e5Frandom567345";
  assert.equal(
    createHmac("sha1", "ProductSecretABC").update(content).digest("hex"),
    "1cb254226ac9b8b661d51d73ad19ccf92a95ae77",
  );
});
