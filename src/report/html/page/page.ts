import type { PageData } from "../page-model.js";
import { accountSection } from "./account-section.js";
import { arrivalsSection } from "./arrivals-section.js";
import { coverageSection } from "./coverage-section.js";
import { deviceSection } from "./device-section.js";
import { element } from "./element.js";
import { unixText } from "./figures.js";
import { fleetSection, latestSection } from "./fleet-section.js";
import { generatorSection } from "./generator-section.js";
import { latencySection } from "./latency-section.js";
import { runSection } from "./run-section.js";
import { makeTheme } from "./theme.js";
import { thresholdSection } from "./threshold-section.js";
import { verdictSection } from "./verdict-section.js";

/** What the page was given; the JSON is of our own making. */
const data = JSON.parse(document.getElementById("run-data")?.textContent ?? "") as PageData;
const theme = makeTheme();
const [first] = data.manifests;
const { target, verdict } = data.summary;
const subject = target.productKey ?? target.topicFullName ?? target.kind;
document.title = `${verdict.toUpperCase()} · ${subject} · iotb report`;

const sections = [
  verdictSection(data),
  thresholdSection(data),
  accountSection(data, theme),
  coverageSection(data, theme),
  latencySection(data, theme),
  arrivalsSection(data, theme),
  deviceSection(data, theme),
  latestSection(data),
  fleetSection(data),
  generatorSection(data),
  runSection(data),
];
const links = sections.slice(1).map((part) => {
  const name = `${part.id[0]?.toUpperCase()}${part.id.slice(1)}`;
  return element("a", { href: `#${part.id}` }, name);
});
document.body.append(
  element(
    "header",
    {},
    element(
      "div",
      { class: "title" },
      element("h1", {}, "iotb report ", element("span", {}, subject)),
      element("p", {}, first === undefined ? "" : unixText(first.startedAtUs)),
    ),
    theme.button,
  ),
  element("nav", { "aria-label": "Sections" }, ...links),
  element("main", {}, ...sections),
  element(
    "footer",
    {},
    "Times count from when a broadcast was due. Percentiles have three significant digits; minimum, maximum and mean are exact. What is not known is said to be so.",
  ),
);
