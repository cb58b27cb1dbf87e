import assert from "node:assert/strict";
import { test } from "node:test";
import { connackEnding, socketEnding } from "../../src/fleet/ending.js";
import type { MqttEndpoint } from "../../src/protocol/mqtt-endpoint.js";

const endpoint: MqttEndpoint = { protocol: "mqtts", host: "h.example", port: 8883 };
const failure = (code: string | undefined, message = "as OpenSSL says") =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

const table: readonly (readonly [code: string | undefined, reason: string, final: boolean, text: RegExp])[] = [
  ["ECONNREFUSED", "ECONNREFUSED", false, /nothing listens on mqtts:\/\/h\.example:8883/],
  ["ENOTFOUND", "ENOTFOUND", false, /could not be resolved/],
  ["EADDRNOTAVAIL", "EADDRNOTAVAIL", false, /no free local port.*--ifaddr/],
  ["EADDRNOTAVAIL", "EADDRNOTAVAIL", false, /net\.ipv4\.ip_local_port_range.*--ifaddr \(EADDRNOTAVAIL\)$/],
  ["EAGAIN", "EAGAIN", false, /no free local port.*net\.ipv4\.ip_local_port_range.*--ifaddr.*fewer devices/],
  ["ENOBUFS", "ENOBUFS", false, /no room.*net\.ipv4\.tcp_mem.*fewer devices/],
  ["ENOMEM", "ENOMEM", false, /out of memory.*fewer devices.*net\.ipv4\.tcp_mem/],
  ["EMFILE", "EMFILE", false, /ulimit -n/],
  ["ENFILE", "ENFILE", false, /fs\.file-max/],
  ["EPROTO", "EPROTO", false, /TLS port/],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_WRONG_VERSION_NUMBER", false, /TLS port/],
  ["CERT_HAS_EXPIRED", "CERT_HAS_EXPIRED", true, /expired/],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", true, /--ca/],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", true, /--ca/],
  ["SELF_SIGNED_CERT_IN_CHAIN", "SELF_SIGNED_CERT_IN_CHAIN", true, /--ca/],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "ERR_TLS_CERT_ALTNAME_INVALID", true, /another host/],
  ["ESOMETHING", "ESOMETHING", false, /as OpenSSL says/],
  ["not a code\n", "socket-error", false, /as OpenSSL says/],
  [undefined, "socket-error", false, /as OpenSSL says/],
];

for (const [code, reason, final, text] of table) {
  test(`socket error ${JSON.stringify(code)} ends as ${reason}`, () => {
    const ending = socketEnding(failure(code), endpoint);
    assert.deepEqual([ending.reason, ending.final, ending.closedBy], [reason, final, "network"]);
    assert.match(ending.text, text);
  });
}

test("a foreign error's text is one bounded line", () => {
  const { text } = socketEnding(failure(undefined, `a\u001b[31m\r\nb${"x".repeat(5000)}`), endpoint);
  assert.ok(text.length < 400);
  assert.doesNotMatch(text, /\p{Cc}/u);
});

test("only CONNACK codes that another try cannot change are final", () => {
  const final = Array.from({ length: 256 }, (_, code) => code).filter((code) => connackEnding(code, "triplet").final);
  assert.deepEqual(final, [1, 2, 4, 5]);
});
