import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { suite, test } from "node:test";
import { FakeTerminal } from "../support/fake-terminal.js";
import { documentOf } from "../support/measure-cli.js";
import { skipWithout } from "../support/mqtt-foreign-peers.js";

const BIN = new URL("../../../bin/iotb.js", import.meta.url).pathname;
const ESCAPE = "\u001b";
const [COLUMNS, ROWS] = [100, 30];

/** `script` of Debian's bsdutils, which runs a command on a terminal of its own. */
const skip = skipWithout("script", "--version");

/** A command on a terminal that shows what it draws. `onScreen` sees the screen after every piece of output. */
const onTerminal = async (
  args: readonly string[],
  onScreen: (screen: readonly string[], child: ChildProcess) => void = () => undefined,
  { env = {}, redirect = "" }: { readonly env?: Record<string, string>; readonly redirect?: string } = {},
) => {
  const command = `stty cols ${COLUMNS} rows ${ROWS} -echo; exec ${[process.execPath, BIN, ...args].join(" ")} ${redirect}`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const terminal = new FakeTerminal(COLUMNS, ROWS);
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    terminal.feed(text);
    onScreen(terminal.text, child);
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, terminal };
};

const LABELS = ["fleet", "broadcast", "coverage", "arrivals", "settled", "problems", "elapsed"];
/** Whether the view's seven lines are the last seven of a screen, in their order. */
const showsView = (screen: readonly string[]): boolean =>
  screen.slice(-LABELS.length).every((line, i) => line.startsWith((LABELS[i] ?? "").padEnd(11)));
const isOfView = (line: string): boolean => /^(arrivals|settled|problems|elapsed) /.test(line);

suite("measure on a terminal", { skip, timeout: 240_000 }, () => {
  test("a view below the results while it lasts, and nothing of it afterwards", async () => {
    let views = 0;
    let partly = false;
    const slow = ["--fault", "delay=20:1s", "--fault-seed", "3"];
    const args = ["measure", "--local", "-c", "40", "--broadcasts", "2", ...slow];
    const { code, terminal } = await onTerminal(args, (screen) => {
      if (!showsView(screen)) return;
      views++;
      assert.equal(screen.filter(isOfView).length, 4, "there is one of each line");
      const coverage = screen.at(-5) ?? "";
      if (/ 20\/40 {2}50\.0%$/.test(coverage)) partly = true;
    });
    assert.equal(code, 0, terminal.raw);
    assert.ok(views > 0, "it was seen");
    assert.ok(partly, "half of the fleet had it, the other half was a second late");
    const { text } = terminal;
    assert.deepEqual(text.filter(isOfView), []);
    assert.match(text[0] ?? "", /^target LOCAL /);
    assert.match(text[1] ?? "", /^fleet {6}40\/40 online in /);
    assert.match(text[2] ?? "", /^broadcast {2}message id /);
    assert.match(text[3] ?? "", /^1 {10}\d{19} +40\/40 /);
    assert.match(text[4] ?? "", /^2 {10}\d{19} +40\/40 /);
    assert.match(text[6] ?? "", /^latency {4}min /);
    assert.match(text.join("\n"), /^verdict {4}PASS {2}every expected device got every broadcast$/m);
    assert.doesNotMatch(text.join("\n"), /\\x1b/, "its own colours are not shown as text");
    assert.match(terminal.raw, /\p{Cc}\[32m/u, "there are colours");
  });

  test("NO_COLOR: the view without a colour", async () => {
    const args = ["measure", "--local", "-c", "10", "--broadcasts", "1"];
    const { code, terminal } = await onTerminal(args, undefined, { env: { NO_COLOR: "1" } });
    assert.equal(code, 0, terminal.raw);
    assert.match(terminal.raw, /elapsed/);
    assert.doesNotMatch(terminal.raw, /\p{Cc}\[[0-9;]*m/u);
  });

  test("a dumb terminal, and --quiet: plain lines, no escape at all", async () => {
    const args = ["measure", "--local", "-c", "10", "--broadcasts", "1"];
    const dumb = await onTerminal(args, undefined, { env: { TERM: "dumb" } });
    const quiet = await onTerminal([...args, "--quiet", "--no-color"]);
    for (const { code, terminal } of [dumb, quiet]) {
      assert.equal(code, 0, terminal.raw);
      assert.ok(!/elapsed/.test(terminal.raw) && !terminal.raw.includes(ESCAPE));
      assert.match(terminal.text.join("\n"), /^verdict {4}PASS/m);
    }
  });

  test("with --json the view is on stderr and the document alone on stdout", async () => {
    const args = ["measure", "--local", "-c", "10", "--broadcasts", "1", "--json"];
    const { code, terminal } = await onTerminal(args);
    assert.equal(code, 0, terminal.raw);
    assert.match(terminal.raw, /elapsed/);
    const [, document = ""] = terminal.text;
    assert.equal(documentOf({ code, signal: null, stdout: document, stderr: "" })["verdict"], "pass");
    const elsewhere = await onTerminal(args, undefined, { redirect: "2>/dev/null" });
    assert.ok(!elsewhere.terminal.raw.includes(ESCAPE), "nothing of it reaches stdout");
  });

  test("Ctrl-C: what is said on the way is above the view, the report is whole, the view is gone", async () => {
    let stopped = false;
    const args = ["measure", "--local", "-c", "10", "--broadcasts", "100"];
    const { code, terminal } = await onTerminal(args, (screen, child) => {
      if (stopped || !showsView(screen)) return;
      stopped = true;
      child.stdin?.write("\u0003");
    });
    assert.equal(code, 130, terminal.raw);
    const { text } = terminal;
    assert.ok(text.includes("stopping; press Ctrl-C again to leave at once"), terminal.raw);
    assert.deepEqual(text.filter(isOfView), []);
    assert.match(text.join("\n"), /^verdict {4}INTERRUPTED/m);
  });
});
