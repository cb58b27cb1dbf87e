import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, failureOf } from "../support/pop-failure.js";
import {
  answer,
  cutShort,
  hold,
  reset,
  type Script,
  type ScriptedRequest,
  startPopScriptedServer,
} from "../support/pop-scripted-server.js";

const never = new AbortController().signal;

const refusals: readonly (readonly [string, Script, string, RegExp, RegExp | null])[] = [
  [
    "a business error at HTTP 200 is read from ErrorMessage",
    answer({ RequestId: "R-1", Success: false, Code: "iot.prod.NotExistedProduct", ErrorMessage: "No such product." }),
    "api-refused",
    /^PubBroadcast was refused: iot\.prod\.NotExistedProduct: No such product\.$/,
    /product key.*region.*--instance-id/,
  ],
  [
    "Success false without a code",
    answer({ RequestId: "R-1", Success: false, ErrorMessage: "Something." }),
    "api-refused",
    /refused: Something\.$/,
    null,
  ],
  ["Success false and nothing else", answer({ RequestId: "R-1", Success: false }), "api-refused", /no reason/, null],
  [
    "a wrong signature, without the string to sign",
    (response, { form }) =>
      answer(
        {
          RequestId: "R-1",
          Code: "SignatureDoesNotMatch",
          Message: `Specified signature is not matched with our calculation. server string to sign is:POST&%2F&AccessKeyId%3D${form["AccessKeyId"]}%26x`,
        },
        400,
      )(response, { form } as ScriptedRequest),
    "api-refused",
    /refused: SignatureDoesNotMatch: Specified signature is not matched with our calculation\.$/,
    /secret/,
  ],
  [
    "an unknown key",
    answer({ RequestId: "R-1", Code: "InvalidAccessKeyId.NotFound", Message: "Not found." }, 404),
    "api-refused",
    /InvalidAccessKeyId/,
    /AccessKey id/,
  ],
  [
    "an expired time stamp",
    answer({ RequestId: "R-1", Code: "InvalidTimeStamp.Expired", Message: "Expired." }, 400),
    "api-refused",
    /Expired/,
    /clock/,
  ],
  [
    "a RAM user without the right",
    answer({ RequestId: "R-1", Code: "iot.common.RamActionPermissionDeny", ErrorMessage: "Denied." }),
    "api-refused",
    /Denied/,
    /AliyunIOTFullAccess/,
  ],
  [
    "a numeric code",
    answer({ RequestId: "R-1", Code: 29, Success: false, ErrorMessage: "No." }),
    "api-refused",
    /29: No\./,
    null,
  ],
  ...["Throttling", "Throttling.User", "Throttling.Api", "iot.messagebroker.RateLimit"].map(
    (code): readonly [string, Script, string, RegExp, RegExp] => [
      `${code} is throttling`,
      answer({ RequestId: "R-1", Success: false, Code: code, Message: "Too fast." }, code.startsWith("T") ? 400 : 200),
      "api-throttled",
      /throttled/,
      /one full broadcast a minute/,
    ],
  ),
  [
    "HTTP 429 is throttling whatever the code",
    answer({ RequestId: "R-1", Code: "Other", Message: "no" }, 429),
    "api-throttled",
    /throttled/,
    /minute/,
  ],
];

for (const [name, script, code, message, hint] of refusals) {
  test(`a refusal is told apart: ${name}`, async () => {
    await using server = await startPopScriptedServer(script);
    const error = await failureOf(clientOf(server.endpoint).call("PubBroadcast", {}, { signal: never }));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    if (hint === null) assert.equal(error.hint, null);
    else assert.match(error.hint ?? "", hint);
    assert.equal(error.requestId, "R-1");
    assert.equal(server.requests.length, 1);
  });
}

const unusable: readonly (readonly [string, Script])[] = [
  ["no answer within the time", hold],
  ["a reset after the request", reset],
  ["an answer cut short", cutShort],
  ["an empty body", answer("", 502)],
  ["an empty body at HTTP 200", answer("")],
  ["HTML", answer("<html><body>Bad gateway</body></html>", 502)],
  ["XML", answer("<?xml version='1.0'?><Error><Code>Throttling</Code></Error>", 400)],
  ["null", answer("null")],
  ["a bare number", answer("5")],
  ["a list", answer('[{"Success":true}]')],
  ["an object that says nothing", answer("{}")],
  ["Success as text", answer('{"Success":"true"}')],
  ["Success true at HTTP 500", answer({ Success: true }, 500)],
  ["a code that is an object", answer({ Code: { a: 1 } }, 400)],
  ["a gateway timeout with a code", answer({ Code: "GatewayTimeout", Message: "x" }, 504)],
  ["a forbidden member", answer('{"__proto__":{"Success":true}}')],
  ["absurd nesting", answer("[".repeat(200_000))],
  ["a connection closed before the head", (response) => response.socket?.destroy()],
];

for (const [name, script] of unusable) {
  test(`no usable answer: ${name}`, async () => {
    await using server = await startPopScriptedServer(script);
    const client = clientOf(server.endpoint);
    const options = { signal: never, timeoutMs: 250 };
    const published = await failureOf(client.call("PubBroadcast", {}, options));
    assert.equal(published.code, "api-unknown-fate", published.message);
    assert.match(published.hint ?? "", /before you repeat it/);
    const queried = await failureOf(client.call("QueryProduct", {}, options));
    assert.equal(queried.code, "api-unreachable", queried.message);
    assert.equal(server.requests.length, 2, "nothing is repeated");
  });
}
