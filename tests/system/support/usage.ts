/** What a process uses, with all that it started: Linux says it in /proc. */
import { readdirSync, readFileSync } from "node:fs";

export interface Usage {
  /** Resident now, shared pages counted once for each process. */
  readonly bytes: number;
  /** Open files, sockets and pipes. */
  readonly handles: number;
}

const KIB = 1024;

/** @param group The id of the process group, which is that of the process that leads it */
export function usageOf(group: number): Usage {
  let bytes = 0;
  let handles = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      // Behind the name, which may hold anything: state, parent, group.
      const [, , its] = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      if (Number(its) !== group) continue;
      const [, resident = "0"] =
        /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
      bytes += Number(resident) * KIB;
      handles += readdirSync(`/proc/${pid}/fd`).length;
    } catch {
      // It ended meanwhile.
    }
  }
  return { bytes, handles };
}
