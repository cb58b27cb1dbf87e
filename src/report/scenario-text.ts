import type { Scenario } from "../domain/scenario.js";
import type { ScenarioSummary } from "../domain/scenario-summary.js";
import { toMillis } from "../domain/time.js";
import { shareOf } from "../domain/units.js";
import { countText } from "./count-text.js";
import { formatMs } from "./format-ms.js";

/** When, from the broadcast's due time, in words. */
const momentText = (ms: number, due: string): string =>
  ms === 0 ? `when ${due}` : `${formatMs(Math.abs(ms))} ${ms < 0 ? "before" : "after"} ${due}`;

/** What a scenario is going to do to a fleet of so many devices. */
export const plannedText = ({ kind, share, at }: Scenario, fleet: number): string => {
  const what = kind === "reconnect-storm" ? "lose their connection" : "leave, and come back";
  return `${kind}: ${countText(shareOf(share, fleet))} devices ${what} ${momentText(toMillis(at), "each broadcast is due")}`;
};

/** What a run's scenario did, in one line. */
export const scenarioText = ({ kind, atMs, excused, turns }: ScenarioSummary): string => {
  if (turns.length === 0) return `${kind}: it never began`;
  const taken = turns.map((turn) => turn.taken ?? 0);
  const [least, most] = [Math.min(...taken), Math.max(...taken)];
  const many = least === most ? countText(most) : `${countText(least)} to ${countText(most)}`;
  const what = kind === "reconnect-storm" ? "lost their connection" : "came back";
  const late = turns.reduce((sum, turn) => sum + turn.latecomers, 0);
  return `${kind}: for each broadcast ${many} devices ${what} ${momentText(atMs, "it was due")}; cut off ${countText(excused)} deliveries, latecomers ${countText(late)}`;
};
