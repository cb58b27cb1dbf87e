import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verdict } from "../../src/platform/authenticate.js";
import { createPresenceReports } from "../../src/platform/workers/presence-reports.js";
import { createWorkerHubLink } from "../../src/platform/workers/worker-hub-link.js";
import type { WorkerReport } from "../../src/platform/workers/worker-messages.js";

const refusal: Verdict = { device: null, returnCode: 5, reason: "unknown-device" };

test("so many claims are under way at once; one who has gone is not asked for, and bytes are not kept", () => {
  const sent: WorkerReport[] = [];
  const send = (report: WorkerReport): void => void sent.push(report);
  using presence = createPresenceReports(send);
  const settings = { decidesLogins: false, limitsGroups: false };
  const hub = createWorkerHubLink(settings, presence, send, () => refusal);
  const answered: string[] = [];
  const gone = new Set(["c256"]);
  const password = Buffer.from("before");
  for (let i = 0; i < 258; i++) {
    const clientId = `c${i}`;
    const wish = {
      keepSession: false,
      isWanted: () => !gone.has(clientId),
      answer: () => void answered.push(clientId),
    };
    hub.link.claim({ clientId, password }, wish);
  }
  password.fill("x");
  const claims = () => sent.flatMap((report) => (report.kind === "claim" ? [report] : []));
  assert.equal(claims().length, 256);
  assert.equal(claims()[0]?.request.password?.toString(), "before");
  const [first] = claims();
  hub.claimed(first?.claim ?? 0, { returnCode: 5, reason: "unknown-device" });
  assert.deepEqual([claims().length, claims().at(-1)?.request.clientId, answered], [257, "c257", ["c0"]]);
});
