import type { PageData } from "../page-model.js";
import { plainTable } from "./data-table.js";
import { type Content, element, facts, section } from "./element.js";
import { countText, msText, plural, rateText } from "./figures.js";

/** How the fleet came online. */
export const fleetSection = ({ summary: { fleet } }: PageData): HTMLElement => {
  if (fleet === null) {
    const text = "Recorded files were measured: no fleet was connected, so nothing is known of it.";
    return section("fleet", "Connect phase", null, element("p", { class: "empty" }, text));
  }
  const failed = Object.entries(fleet.failed).map(([reason, count]) => `${countText(count)} ${reason}`);
  const bar = element("div", { class: "bar", "aria-hidden": "true" });
  for (const [name, count] of [
    ["delivered", fleet.online],
    ["missing", fleet.requested - fleet.online],
  ] as const) {
    if (count <= 0) continue;
    const piece = element("span", { class: name });
    piece.style.flexGrow = String(count);
    bar.append(piece);
  }
  return section(
    "fleet",
    "Connect phase",
    null,
    bar,
    facts([
      ["Online", `${countText(fleet.online)} of ${countText(fleet.requested)}`],
      ["Not online", failed.length === 0 ? "none failed" : failed.join(", ")],
      ["Connect rate", fleet.connectRate === null ? "not known" : `${rateText(fleet.connectRate)} to the last`],
      ["Login p50", msText(fleet.connectMs.p50)],
      ["Login p99", msText(fleet.connectMs.p99)],
      ["Slowest login", msText(fleet.connectMs.max)],
      ["Back online after an end", plural(fleet.reconnects, "time")],
      ["Telemetry sent", plural(fleet.published, "message")],
      ["Fleet processes", countText(fleet.processes)],
    ]),
  );
};

/** Who is always last. */
export const latestSection = ({ summary: { total }, timed }: PageData): HTMLElement => {
  const content: Content =
    total.latestDevices.length === 0
      ? element(
          "p",
          { class: "empty" },
          timed < 2 ? "It takes two timed broadcasts to tell who is late again and again." : "Not known for this run.",
        )
      : plainTable(
          "The latest devices",
          [
            { heading: "Device", cell: ({ deviceName }) => element("code", {}, deviceName) },
            { heading: "Mean", numeric: true, cell: ({ meanMs }) => msText(meanMs) },
            { heading: "Latest", numeric: true, cell: ({ maxMs }) => msText(maxMs) },
            {
              heading: "Broadcasts received",
              numeric: true,
              cell: ({ broadcasts }) => `${countText(broadcasts)} of ${countText(timed)}`,
            },
          ],
          total.latestDevices,
        );
  return section(
    "latest",
    "Latest devices",
    "The devices with the largest mean time from due to receipt over the timed broadcasts that reached them.",
    content,
  );
};
