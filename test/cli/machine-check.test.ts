import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspectMachine, type PlannedFleet } from "../../src/cli/machine-check.js";
import type { FindingKind } from "../../src/domain/finding.js";
import { machineFacts } from "../../src/files/machine-limits.js";
import { parseMqttEndpoint } from "../../src/protocol/mqtt-endpoint.js";

const PLANNED: PlannedFleet = {
  devices: 10,
  fleetProcesses: 1,
  platformProcesses: 0,
  bodyBytes: 2,
  fleet: { engine: "lean", sourceAddresses: [], connectRate: Number.POSITIVE_INFINITY },
  target: { mqtt: [], local: false },
};
const at = (...urls: string[]): PlannedFleet => ({
  ...PLANNED,
  target: { mqtt: urls.map((url) => parseMqttEndpoint(url, null)), local: false },
});

const findingOf = async (planned: PlannedFleet, what: FindingKind) =>
  (await inspectMachine(planned)).find((finding) => finding.what === what);

describe("inspectMachine", () => {
  it("counts ports for each endpoint once, and for each worker of a platform of its own", async () => {
    const { localPorts } = await machineFacts();
    const ports = async (planned: PlannedFleet) => (await findingOf(planned, "ports"))?.available;
    const times = (count: number) => (localPorts === null ? null : localPorts * count);
    assert.equal(await ports(PLANNED), times(1));
    assert.equal(await ports(at("mqtt://127.0.0.1:1", "mqtt://127.0.0.1:2", "mqtt://127.0.0.1:1")), times(2));
    assert.equal(await ports({ ...PLANNED, platformProcesses: 3 }), times(3));
  });

  it("estimates memory for plain connections only", async () => {
    const needed = async (planned: PlannedFleet) => (await findingOf(planned, "memory"))?.needed;
    assert.equal(typeof (await needed(at("mqtt://127.0.0.1:1"))), "number");
    assert.equal(await needed(at("mqtts://127.0.0.1:1")), null);
    assert.equal(await needed({ ...at("mqtt://127.0.0.1:1"), fleet: { ...PLANNED.fleet, engine: "mqttjs" } }), null);
  });

  it("takes as fast as it goes for a usual rate", async () => {
    assert.match((await findingOf(PLANNED, "connect"))?.text ?? "", /^about /);
  });
});
