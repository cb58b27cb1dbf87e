/**
 * Why a process may have ended that nobody stopped, and what mends it; null where there is nothing to guess. `how` is a
 * signal's name or `exit code N`, `oomKills` how many processes the kernel killed for lack of memory since the run began (null: not known).
 */
export const explainEnd = (how: string, oomKills: number | null): string | null => {
  if (how === "SIGKILL") {
    if (oomKills === 0) return null;
    const killer =
      oomKills === null
        ? "most likely the kernel's out-of-memory killer"
        : "the kernel's out-of-memory killer was at work";
    return `${killer}: hold fewer devices, or give this machine or container more memory`;
  }
  // V8 aborts where a heap is used up
  if (how === "SIGABRT" || how === "exit code 134") return "it ended itself, most likely because its heap was full";
  return null;
};

/** What is said of a process of the fleet that ended, and how far the fleet had come. */
export const shardEndText = (
  how: string,
  { lost, online, devices }: { readonly lost: number; readonly online: number; readonly devices: number },
  oomKills: number | null,
): string => {
  const why = explainEnd(how, oomKills);
  const come = `${online} of ${devices} devices were online by then`;
  return `a process of the fleet died (${how}): nobody can tell of its ${lost} devices; ${come}${why === null ? "" : `; ${why}`}`;
};

/** What is said of the local platform that ended in a run, and how far the fleet had come; null where there was none yet. */
export const platformEndText = (
  how: string,
  fleet: { readonly mostOnline: number; readonly devices: number } | null,
  oomKills: number | null,
): string => {
  const why = explainEnd(how, oomKills);
  const come = fleet === null ? null : `${fleet.mostOnline} of ${fleet.devices} devices were online at the most`;
  const more = [come, why].filter((text) => text !== null).join("; ");
  return `the local platform ended during the run (${how})${more === "" ? "" : `: ${more}`}`;
};
