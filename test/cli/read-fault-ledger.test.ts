import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { parseLedger, readFaultLedger } from "../../src/cli/read-fault-ledger.js";
import { failsWith } from "../support/cli-fails-with.js";

const ENTRY = { kind: "drop", number: 1, devices: ["pk/d1"] };
const ledgerOf = (more: object) => JSON.stringify({ schema: "iotb.faults/1", dropped: 0, entries: [ENTRY], ...more });

describe("parseLedger", () => {
  it("reads entries", () => {
    assert.deepEqual(parseLedger(ledgerOf({})), [ENTRY]);
    const login = { kind: "refuse", number: null, devices: [] };
    assert.deepEqual(parseLedger(ledgerOf({ entries: [login] })), [login]);
  });

  for (const [what, text, message] of [
    ["no JSON", "<html>", /no iotb.faults/],
    ["null", "null", /no iotb.faults/],
    ["another schema", ledgerOf({ schema: "iotb.faults/2" }), /no iotb.faults/],
    ["no entries", ledgerOf({ entries: {} }), /no iotb.faults/],
    ["an entry of no known kind", ledgerOf({ entries: [{ ...ENTRY, kind: "toString" }] }), /no fault/],
    ["an entry with a number in words", ledgerOf({ entries: [{ ...ENTRY, number: "1" }] }), /no fault/],
    ["an entry with devices that are none", ledgerOf({ entries: [{ ...ENTRY, devices: [1] }] }), /no fault/],
    ["entries that were not kept", ledgerOf({ dropped: 1 }), /not whole/],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => parseLedger(text), failsWith("internal", message)));
  }
});

describe("readFaultLedger", () => {
  it("says where a platform keeps none", async () => {
    const server = createServer((_, answer) => answer.writeHead(404).end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    await assert.rejects(readFaultLedger(`http://127.0.0.1:${port}`), failsWith("platform-ended", /HTTP 404/));
    server.close();
    await new Promise((resolve) => server.once("close", resolve));
    await assert.rejects(
      readFaultLedger(`http://127.0.0.1:${port}`),
      failsWith("platform-ended", /does not tell its faults/),
    );
  });
});
