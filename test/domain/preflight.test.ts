import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FindingKind } from "../../src/domain/finding.js";
import type { FleetNeeds } from "../../src/domain/fleet-needs.js";
import { type MachineFacts, UNKNOWN_MACHINE } from "../../src/domain/machine-facts.js";
import { findingText, fits, preflight, refusalOf } from "../../src/domain/preflight.js";

const NEEDS: FleetNeeds = {
  devices: 100_000,
  fleetProcesses: 7,
  platformProcesses: 7,
  endpoints: 7,
  endpointsCounted: true,
  sourceAddresses: 0,
  usualConnections: true,
  bodyBytes: 22,
  connectRate: null,
};

const AMPLE: MachineFacts = {
  filesPerProcess: 20_000,
  machineFiles: { open: 1_000, most: 2_000_000, binding: true },
  localPorts: 28_232,
  memoryBytes: 24e9,
  tcpMemoryBytes: 2e9,
  threads: 30_000,
  backlog: 4_096,
};

type Row = readonly [
  name: string,
  needs: Partial<FleetNeeds>,
  facts: Partial<MachineFacts>,
  what: FindingKind,
  line: RegExp,
];

const table: readonly Row[] = [
  ["as the issue says it", {}, {}, "files", /^100,000 needs 7 processes of 20,000 files: ok$/],
  [
    "too few files",
    {},
    { filesPerProcess: 1_024 },
    "files",
    /^100,000 needs 7 processes of 14,486 files, and a process may open 1,024: NOT ENOUGH; mend with: --workers 122 or more, or ulimit -n 14486$/,
  ],
  [
    "files of a system that does not tell",
    {},
    { filesPerProcess: null },
    "files",
    /14,486 files: not known on this system$/,
  ],
  [
    "too few files for the platform",
    { platformProcesses: 1, endpoints: 1 },
    {},
    "platform-files",
    /1 process of 100,200 files, and a process may open 20,000: NOT ENOUGH; mend with: -c 19800 or fewer, or ulimit -n 100200$/,
  ],
  [
    "a machine with too few files",
    {},
    { machineFiles: { open: 5_000, most: 100_000, binding: true } },
    "machine-files",
    /^200,750 files of the whole machine, of 95,000 that are left: NOT ENOUGH; mend with: sysctl -w fs\.file-max=205750$/,
  ],
  ["ports for each endpoint", {}, {}, "ports", /^100,000 local ports, of 197,624 for 7 endpoints: ok$/],
  [
    "too few ports for one endpoint",
    { endpoints: 1 },
    {},
    "ports",
    /of 28,232 for 1 endpoint: NOT ENOUGH; mend with: sysctl -w net\.ipv4\.ip_local_port_range='1024 65535', more source addresses with --ifaddr/,
  ],
  [
    "a range that cannot be wider",
    { endpoints: 1 },
    { localPorts: 64_512 },
    "ports",
    /mend with: more source addresses with --ifaddr/,
  ],
  [
    "ports by source address, whatever they connect to",
    { sourceAddresses: 2 },
    {},
    "ports",
    /of 56,464 for 2 source addresses: NOT/,
  ],
  ["enough memory", {}, {}, "memory", /^about 1\.6 GB of memory, of 24\.0 GB that are free: ok$/],
  [
    "too little memory",
    {},
    { memoryBytes: 1.5e9 },
    "memory",
    /NOT ENOUGH; mend with: fewer devices: about 8\d,\d{3} fit$/,
  ],
  ["no memory at all", {}, { memoryBytes: 1e8 }, "memory", /mend with: fewer devices, or free some memory$/],
  ["memory nobody has measured", { usualConnections: false }, {}, "memory", /MQTT\.js.*: not known on this system$/],
  [
    "TCP memory",
    {},
    { tcpMemoryBytes: 1e8 },
    "tcp-memory",
    /^up to 131 MB of TCP memory, of 100 MB: works, but slower; better: .*tcp_mem/,
  ],
  [
    "threads",
    {},
    { threads: 100 },
    "processes",
    /^15 processes of 12 threads, of 100 threads that are left: NOT ENOUGH; mend with: fewer --workers/,
  ],
  [
    "a short backlog",
    {},
    { backlog: 128 },
    "backlog",
    /^256 connections.*of 128: works, but slower; better: sysctl -w net\.core\.somaxconn=256$/,
  ],
  ["a usual rate", {}, {}, "connect", /^about 20 s to connect, at a usual 5,000\/s: ok$/],
  ["a rate asked for", { connectRate: 50 }, {}, "connect", /^33 min 20 s to connect, at 50\/s: ok$/],
];

describe("preflight", () => {
  for (const [name, needs, facts, what, line] of table) {
    it(`tells of ${name}`, () => {
      const finding = preflight({ ...NEEDS, ...needs }, { ...AMPLE, ...facts }).find((one) => one.what === what);
      assert.ok(finding !== undefined);
      assert.match(findingText(finding), line);
      assert.equal(finding.mend === null, finding.status === "ok" || finding.status === "unknown");
    });
  }

  it("lets start what fits, and says nothing of a platform that is not the run's own", () => {
    const findings = preflight({ ...NEEDS, platformProcesses: 0 }, AMPLE);
    assert.ok(fits(findings) && refusalOf(findings) === null);
    assert.deepEqual(
      findings.filter(({ what }) => what === "platform-files" || what === "backlog"),
      [],
    );
  });

  it("never refuses for what it does not know", () => {
    const findings = preflight(NEEDS, UNKNOWN_MACHINE);
    assert.ok(fits(findings) && refusalOf(findings) === null);
    assert.deepEqual(
      findings.filter(({ status }) => status !== "unknown").map(({ what }) => what),
      ["connect"],
    );
  });

  const refusals: readonly (readonly [string, Partial<FleetNeeds>, Partial<MachineFacts>, RegExp | null])[] = [
    ["files", {}, { filesPerProcess: 1_024 }, /files/],
    ["ports", { endpoints: 1 }, {}, /local ports/],
    ["the machine's files", {}, { machineFiles: { open: 0, most: 10, binding: true } }, /whole machine/],
    ["the machine's files, which do not bind root", {}, { machineFiles: { open: 0, most: 10, binding: false } }, null],
    ["ports of a name that may be several addresses", { endpoints: 1, endpointsCounted: false }, {}, null],
    ["memory, an estimate", {}, { memoryBytes: 1e8 }, null],
    ["threads", {}, { threads: 10 }, null],
  ];
  for (const [name, needs, facts, why] of refusals) {
    it(`${why === null ? "only warns of" : "refuses a start for"} ${name}`, () => {
      const findings = preflight({ ...NEEDS, ...needs }, { ...AMPLE, ...facts });
      assert.equal(fits(findings), false);
      const refusal = refusalOf(findings);
      if (why === null) return assert.equal(refusal, null);
      assert.ok(refusal !== null);
      assert.equal(refusal.code, "usage");
      assert.match(refusal.message, why);
      assert.match(refusal.hint ?? "", /ulimit|sysctl/);
      return;
    });
  }
});
