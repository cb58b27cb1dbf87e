import assert from "node:assert/strict";
import { test } from "node:test";
import { createPopClient } from "../../src/cloud/pop-client.js";
import { createRedactor } from "../../src/cloud/redactor.js";
import { stringToSign } from "../../src/protocol/rpc-signature.js";
import { everythingIn, POP_KEYS } from "../support/pop-keys.js";
import {
  answer,
  cutShort,
  hold,
  reset,
  type Script,
  type ScriptedRequest,
  startPopScriptedServer,
} from "../support/pop-scripted-server.js";

/** Everything about a request that must not be seen, in every encoding that it travels in. */
const secretsOf = ({ form }: ScriptedRequest): string[] =>
  [POP_KEYS.accessKeySecret, POP_KEYS.securityToken, POP_KEYS.accessKeyId, form["Signature"] ?? ""].flatMap(
    (secret) => [secret, encodeURIComponent(secret), encodeURIComponent(encodeURIComponent(secret))],
  );

/** A peer that throws everything it got back, in a form of its own. */
const echo =
  (wrap: (request: ScriptedRequest, everything: string) => unknown, status: number): Script =>
  (response, request) => {
    const form = new URLSearchParams(request.form).toString();
    const everything = [
      `bad request ${form}`,
      `https://iot.example.com/?${form}`,
      stringToSign("POST", request.form),
      `Signature ${request.form["Signature"]} of ${request.form["AccessKeyId"]}`,
      POP_KEYS.accessKeySecret,
      encodeURIComponent(request.form["Signature"] ?? ""),
    ].join(" \u001b[31m ");
    answer(wrap(request, everything), status)(response, request);
  };

const scripts: readonly (readonly [string, Script])[] = [
  ["Message", echo((_, all) => ({ Code: "SignatureDoesNotMatch", Message: all }), 400)],
  ["ErrorMessage", echo((_, all) => ({ Success: false, Code: "iot.x", ErrorMessage: all }), 200)],
  ["Code", echo((_, all) => ({ Success: false, Code: all }), 200)],
  ["throttling", echo((_, all) => ({ Code: `Throttling ${all}`, Message: all }), 400)],
  ["RequestId", echo((_, all) => ({ RequestId: all, Success: false }), 200)],
  [
    "string to sign",
    echo(({ form }) => ({ Code: "X", Message: `server string to sign is:${stringToSign("POST", form)}` }), 400),
  ],
  ["not JSON", echo((_, all) => `<p>${all}</p>`, 502)],
  ["broken JSON", echo((_, all) => `{"Message":"${all}`, 400)],
  ["hold", hold],
  ["reset", reset],
  ["cut short", cutShort],
];

for (const [name, script] of scripts) {
  test(`no secret in any part of an error: ${name}`, async () => {
    await using server = await startPopScriptedServer(script);
    const client = createPopClient({ endpoint: server.endpoint, ...POP_KEYS });
    for (const action of ["PubBroadcast", "QueryProduct"]) {
      const options = { signal: new AbortController().signal, timeoutMs: 200 };
      const error: unknown = await client
        .call(action, { ProductKey: "pk" }, options)
        .catch((thrown: unknown) => thrown);
      assert.ok(error instanceof Error);
      const shown = everythingIn(error);
      const request = server.requests.at(-1) as ScriptedRequest;
      assert.ok((request.form["Signature"] ?? "").length > 20);
      for (const secret of secretsOf(request)) assert.ok(!shown.includes(secret), `${action}: ${shown}`);
      assert.doesNotMatch(error.message, /\p{Cc}/u);
      assert.ok(error.message.length < 1000);
    }
  });
}

test("the redactor keeps plain words and cuts a long text", () => {
  const redact = createRedactor(["", "ab", "longer-secret", "longer-secret-still"]);
  assert.equal(redact("about a cab"), "about a cab");
  assert.equal(redact("x longer-secret-still y longer-secret z"), "x *** y *** z");
  assert.equal(redact("see https://a.example/?AccessKeyId=1 now"), "see (address removed) now");
  assert.equal(redact("undefined, URL: http://127.0.0.1:1/?Signature=abc"), "undefined");
  assert.equal(redact("y".repeat(5000)).length, 401);
});
