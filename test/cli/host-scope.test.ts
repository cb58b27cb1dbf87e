import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type HostScope, scopeOf } from "../../src/cli/host-scope.js";

describe("scopeOf", () => {
  const cases: [string, HostScope][] = [
    ["localhost", "loopback"],
    ["LOCALHOST.", "loopback"],
    ["x.localhost", "loopback"],
    ["127.9.9.9", "loopback"],
    ["::1", "loopback"],
    ["0:0:0:0:0:0:0:1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["10.0.0.1", "private"],
    ["172.16.0.1", "private"],
    ["172.32.0.1", "public"],
    ["192.168.1.1", "private"],
    ["fd00::1", "private"],
    ["fe80::1", "private"],
    ["8.8.8.8", "public"],
    ["0.0.0.0", "public"],
    ["2001:db8::1", "public"],
    ["localhost.example.com", "public"],
    ["127.0.0.1.example.com", "public"],
    ["1::1", "public"],
  ];
  for (const [host, scope] of cases) it(`${host} is ${scope}`, () => assert.equal(scopeOf(host), scope));
});
