import { test } from "node:test";
import { sleep } from "../../src/app/sleep.js";
import { micros } from "../../src/domain/time.js";

test("a sleep ends by itself, by its signal, and at once where the signal came first", async () => {
  await sleep(micros(1000), new AbortController().signal);
  await sleep(micros(0), new AbortController().signal);
  await sleep(micros(60_000_000), AbortSignal.abort());
  const controller = new AbortController();
  const asleep = sleep(micros(1e18), controller.signal);
  controller.abort();
  await asleep;
});
