import type { PageData } from "../page-model.js";
import { element, facts, section } from "./element.js";
import { bytesText, countText, unixText } from "./figures.js";

const TARGETS: ReadonlyMap<string, string> = new Map([
  ["local", "local platform, a stand-in for Alibaba Cloud"],
  ["alicloud", "Alibaba Cloud IoT Platform"],
  ["broker", "plain MQTT broker"],
  ["recorded", "recorded files, which do not say"],
]);

const code = (text: string | null) => (text === null ? "–" : element("code", {}, text));

/** A word as a shell needs it. */
const word = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

const manifestOf = ({ host, ...run }: PageData["manifests"][number], i: number, all: number): HTMLElement =>
  element(
    "div",
    { class: "run" },
    all > 1 ? element("h3", {}, `Directory ${i + 1} of ${all}`) : null,
    element("pre", { tabindex: "0", "aria-label": "Command" }, run.command.map(word).join(" ")),
    facts([
      ["Started", unixText(run.startedAtUs)],
      ["Ended", unixText(run.endedAtUs)],
      ["iotb", run.iotb],
      ["Node.js", host.node],
      ["System", `${host.platform} ${host.kernel}`],
      ["Processor", `${host.cpu}, ${countText(host.cores)} cores`],
      ["Memory", bytesText(host.memoryBytes)],
      ["Open files", host.openFileLimit === null ? "not known" : countText(host.openFileLimit)],
      ["Seeds", `faults ${run.seeds.faults ?? "none"}, devices ${run.seeds.devices ?? "none"}`],
      ["Run hash", element("code", {}, run.hash)],
    ]),
  );

/** What was run, on what, against what. */
export const runSection = ({ summary: { target }, manifests }: PageData): HTMLElement =>
  section(
    "run",
    "What was run",
    null,
    facts([
      ["Target", TARGETS.get(target.kind) ?? target.kind],
      ["Product", code(target.productKey)],
      ["Topic", target.topicFullName === null ? "every online device of the product" : code(target.topicFullName)],
      ["Instance", code(target.instanceId)],
      ["Endpoint", code(target.endpoint)],
      ["Hosts", target.hosts.length === 0 ? "–" : code(target.hosts.join(" "))],
    ]),
    ...(manifests.length === 0
      ? [element("p", { class: "empty" }, "No manifest was kept: command, host and versions are not known.")]
      : manifests.map((manifest, i) => manifestOf(manifest, i, manifests.length))),
  );
