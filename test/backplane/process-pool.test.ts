import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Member } from "../../src/backplane/backplane.js";
import { startProcess } from "../../src/backplane/process-pool.js";
import type { ChildAnswer, ChildRequest } from "../support/backplane-child.js";

type Child = Member<ChildAnswer, ChildRequest>;
const entry = new URL("../support/backplane-child.js", import.meta.url);
const start = (): Promise<Child> => startProcess<ChildAnswer, ChildRequest>({ entry });

/** Sends one request and waits for the next answer. */
const ask = (child: Child, request: ChildRequest): Promise<ChildAnswer> =>
  new Promise((resolve) => {
    child.onMessage(resolve);
    child.send(request);
  });

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // an orphan that nobody reaps is dead all the same
    return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
};

/** Resolves when a process that is no child of this one is gone; looks again at each turn of the event loop. */
const gone = async (pid: number): Promise<void> => {
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
};

test("messages survive the way there and back as they are: typed arrays, infinities, what JSON would lose", {
  timeout: 30_000,
}, async () => {
  await using child = await start();
  const value = {
    bytes: new Uint8Array([0, 255, 10]),
    times: Float64Array.from([0.1, Number.POSITIVE_INFINITY]),
    numbers: Uint32Array.from([4_294_967_295]),
    text: "\u0000ü\u{1f600}",
    big: 1229336863924294656n,
    rate: Number.POSITIVE_INFINITY,
    nothing: null,
  };
  const answer = await ask(child, { kind: "echo", value });
  assert.deepEqual(answer, { kind: "echo", value });
  assert.ok(answer.kind === "echo");
  assert.ok((answer.value as typeof value).times instanceof Float64Array);
});

test("a part of a larger buffer travels as that part only", { timeout: 30_000 }, async () => {
  await using child = await start();
  const large = new Uint8Array(1_000_000).fill(7);
  const answer = await ask(child, { kind: "echo", value: large.subarray(10, 13) });
  assert.deepEqual(answer, { kind: "echo", value: new Uint8Array([7, 7, 7]) });
});

test("messages come whole, in order and once", { timeout: 30_000 }, async () => {
  await using child = await start();
  const heard: unknown[] = [];
  await new Promise<void>((resolve) => {
    child.onMessage((answer) => {
      if (answer.kind === "echo") heard.push((answer.value as { n: number }).n);
      if (heard.length === 500) resolve();
    });
    for (let n = 0; n < 500; n++) child.send({ kind: "echo", value: { n, fill: new Uint8Array(n * 20) } });
  });
  assert.deepEqual(
    heard,
    Array.from({ length: 500 }, (_, n) => n),
  );
});

test("disposing ends the child and waits for that; a second time, and sending afterwards, is nothing", {
  timeout: 30_000,
}, async () => {
  const child = await start();
  assert.deepEqual(await ask(child, { kind: "echo", value: 1 }), { kind: "echo", value: 1 });
  await child[Symbol.asyncDispose]();
  assert.equal(isAlive(child.pid), false);
  assert.equal(await child.ended, "exit code 0");
  await child[Symbol.asyncDispose]();
  child.send({ kind: "echo", value: 2 });
});

test("a killed child resolves `ended` with the signal", { timeout: 30_000 }, async () => {
  await using child = await start();
  await ask(child, { kind: "echo", value: 1 });
  process.kill(child.pid, "SIGKILL");
  assert.equal(await child.ended, "SIGKILL");
});

test("signals of the terminal are the parent's to answer: the child goes on", { timeout: 30_000 }, async () => {
  await using child = await start();
  await ask(child, { kind: "echo", value: 1 });
  process.kill(child.pid, "SIGINT");
  process.kill(child.pid, "SIGTERM");
  assert.deepEqual(await ask(child, { kind: "echo", value: 2 }), { kind: "echo", value: 2 });
});

test("a child whose parent is killed ends by itself", { timeout: 30_000 }, async () => {
  await using parent = await start();
  const answer = await ask(parent, { kind: "start-own-child" });
  assert.ok(answer.kind === "own-child");
  assert.equal(isAlive(answer.pid), true);
  process.kill(parent.pid, "SIGKILL");
  await parent.ended;
  await gone(answer.pid);
  assert.equal(isAlive(answer.pid), false);
});
