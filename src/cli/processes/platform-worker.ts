import { parentLine } from "../../backplane/ipc.js";
import { runPlatformWorker } from "../../platform/workers/platform-worker.js";
import type { WorkerOrder, WorkerReport } from "../../platform/workers/worker-messages.js";

const line = parentLine<WorkerOrder, WorkerReport>(() => {
  // the hub is gone, or has no more to say: without it nobody can log in or be reached
  void Promise.resolve(worker[Symbol.asyncDispose]()).finally(() => process.removeAllListeners("message"));
});

const worker = runPlatformWorker(line);
