import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IotbError } from "../../src/domain/errors.js";
import { isAboutTime, parseThreshold } from "../../src/domain/threshold.js";

const latency = (quantile: number | "max" | "mean") => ({ kind: "latency", quantile });
const count = (name: string) => ({ kind: "count", name });

const documented: readonly (readonly [string, object, string, number, boolean])[] = [
  ["p99<500ms", latency(990), "<", 500, false],
  ["p99:500ms", latency(990), "<=", 500, false],
  ["p50<=250", latency(500), "<=", 250, false],
  ["p90<0.5s", latency(900), "<", 500, false],
  ["p95 >= 9us", latency(950), ">=", 0.009, false],
  ["p999 < 2m", latency(999), "<", 120_000, false],
  ["max<1.005s", latency("max"), "<", 1005, false],
  ["mean!=3ms", latency("mean"), "!=", 3, false],
  ["coverage(99%)<2s", { kind: "coverage", share: 0.99 }, "<", 2000, false],
  [" coverage(99.5%) : 1 ", { kind: "coverage", share: 0.995 }, "<=", 1, false],
  ["coverage(100%)<=10s", { kind: "coverage", share: 1 }, "<=", 10_000, false],
  ["api.p99<300ms", { kind: "api" }, "<", 300, false],
  ["missing==0", count("missing"), "==", 0, false],
  ["missing", count("missing"), "==", 0, false],
  ["excused", count("excused"), "==", 0, false],
  ["unknown", count("unknown"), "==", 0, false],
  ["duplicates", count("duplicates"), "==", 0, false],
  ["latecomers", count("latecomers"), "==", 0, false],
  ["strays", count("strays"), "==", 0, false],
  ["foreign", count("foreign"), "==", 0, false],
  ["corrupt", count("corrupt"), "==", 0, false],
  ["missing<0.1%", count("missing"), "<", 0.1, true],
  ["excused:5%", count("excused"), "<=", 5, true],
  ["delivered>=99.9%", count("delivered"), ">=", 99.9, true],
  ["delivered>1000", count("delivered"), ">", 1000, false],
  ["online==100%", count("online"), "==", 100, true],
];

for (const [expression, subject, comparison, limit, percent] of documented) {
  test(`"${expression}" is understood`, () => {
    assert.deepEqual(parseThreshold(expression), { expression, subject, comparison, limit, percent });
  });
}

const bad: readonly (readonly [string, RegExp])[] = [
  ["", /"": not a condition$/],
  ["p99", /"p99": a time needs a limit$/],
  ["coverage(99%)", /a time needs a limit$/],
  ["api.p99", /a time needs a limit$/],
  ["p98<5ms", /there is no "p98"; names are p50 p90 p95 p99 p999 max mean coverage\(…%\) missing .*online api\.p99$/],
  ["latency<5", /there is no "latency"/],
  ["api.p50<5", /there is no "api\.p50"/],
  ["constructor<5", /there is no "constructor"/],
  ["valueof<5", /there is no "valueof"/],
  ["coverage<5s", /coverage takes a share of the fleet, such as coverage\(99%\)$/],
  ["coverage()<5s", /coverage takes a share/],
  ["coverage(99)<5s", /coverage takes a share/],
  ["coverage(0%)<5s", /coverage takes a share/],
  ["coverage(100.1%)<5s", /coverage takes a share/],
  ["coverage(-1%)<5s", /coverage takes a share/],
  ["p99(5)<5ms", /p99 takes no argument$/],
  ["missing(5)==0", /missing takes no argument$/],
  ["p99<5%", /a time takes us, ms, s or m$/],
  ["coverage(9%)<5%", /a time takes us, ms, s or m$/],
  ["missing<5ms", /missing is a count and takes no ms$/],
  ["missing<5s", /missing is a count and takes no s$/],
  ["missing<0.5", /missing is a whole number$/],
  ["p99=5ms", /not a condition$/],
  ["p99<", /not a condition$/],
  ["p99<-5", /not a condition$/],
  ["p99<1e3", /not a condition$/],
  ["p99<5h", /not a condition$/],
  ["p99<5 ms extra", /not a condition$/],
  ["P99<5ms", /not a condition$/],
  ["p99<<5", /not a condition$/],
  ["p99<5\u001b[31m", /"p99<5\\u001b\[31m": not a condition$/],
];

for (const [expression, why] of bad) {
  test(`${JSON.stringify(expression)} is refused with the reason`, () => {
    assert.throws(
      () => parseThreshold(expression),
      (thrown) => {
        assert.ok(thrown instanceof IotbError);
        assert.equal(thrown.code, "usage");
        assert.match(thrown.message, why);
        assert.ok(thrown.message.startsWith("--threshold "));
        assert.match(thrown.hint ?? "", /NAME OP VALUE/);
        return true;
      },
    );
  });
}

test("whatever is written is a threshold or a usage error, and soon", () => {
  const pieces = fc.constantFrom(
    "p99",
    "missing",
    "coverage",
    "(99%)",
    "<",
    "<=",
    "==",
    ":",
    "500",
    ".5",
    "ms",
    "%",
    " ",
    "s",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (expression) => {
      try {
        const { limit } = parseThreshold(expression);
        assert.ok(Number.isFinite(limit) && limit >= 0);
      } catch (thrown) {
        assert.ok(thrown instanceof IotbError && thrown.code === "usage", String(thrown));
      }
    }),
  );
});

test("times and rates are about time, counts are not", () => {
  const about = (expression: string) => isAboutTime(parseThreshold(expression));
  assert.deepEqual(
    ["p99<1", "max<1", "mean<1", "coverage(9%)<1", "api.p99<1", "missing", "delivered>1%", "online>1"].map(about),
    [true, true, true, true, true, false, false, false],
  );
});
