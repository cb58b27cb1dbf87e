import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname, uptime } from "node:os";
import { sha256Hex } from "../protocol/sha256.js";

/** Boot times are rounded to this many seconds, because uptime and wall clock are not read at one instant. */
const BOOT_TIME_GRAIN_S = 60;

/**
 * A text that is the same for every process of one boot of this host, and differs between hosts and boots: the kernel's boot
 * id on Linux, the kernel's UUID of the boot on macOS, else a hash of host name and boot time (which a step of the wall clock changes).
 */
export const readBootId = (): string => {
  try {
    if (process.platform === "linux") return readFileSync("/proc/sys/kernel/random/boot_id", "ascii").trim();
    if (process.platform === "darwin") {
      return execFileSync("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"], {
        encoding: "ascii",
        timeout: 5_000,
      }).trim();
    }
  } catch {
    // Sandboxes hide /proc and sysctl; the guess below serves there too.
  }
  return guessBootId(hostname(), Date.now() / 1000 - uptime());
};

/** The fallback of {@link readBootId}. */
export const guessBootId = (host: string, bootTimeS: number): string => {
  const boot = Math.round(bootTimeS / BOOT_TIME_GRAIN_S) * BOOT_TIME_GRAIN_S;
  return sha256Hex(`${host}\n${boot}`).slice(0, 32);
};
