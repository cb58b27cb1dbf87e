import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inOrder } from "../../src/app/in-order.js";

/** Work that ends when it is told to. */
const stage = () => {
  const ends = new Map<number, { resolve(): void; reject(reason: Error): void }>();
  const begun: number[] = [];
  const work = (item: number): Promise<number> => {
    begun.push(item);
    return new Promise((resolve, reject) => ends.set(item, { resolve: () => resolve(item * 10), reject }));
  };
  return {
    begun,
    work,
    end: (item: number) => ends.get(item)?.resolve(),
    fail: (item: number) => ends.get(item)?.reject(new Error("no")),
  };
};

describe("inOrder", () => {
  it("yields in order whatever is done first, and holds so many under way", async () => {
    const { begun, work, end } = stage();
    const results = inOrder([1, 2, 3], 2, work);
    const first = results.next();
    assert.deepEqual(begun, [1, 2]);
    end(2);
    end(1);
    assert.equal((await first).value, 10);
    const second = results.next();
    assert.equal((await second).value, 20);
    assert.deepEqual(begun, [1, 2, 3]);
    const third = results.next();
    end(3);
    assert.equal((await third).value, 30);
    assert.equal((await results.next()).done, true);
  });

  it("begins nothing more after a failure, and waits for what is under way", async () => {
    const { begun, work, end, fail } = stage();
    const results = inOrder([1, 2, 3], 2, work);
    const first = results.next();
    let over = false;
    const failed = assert.rejects(
      first.finally(() => {
        over = true;
      }),
      /no/,
    );
    fail(1);
    await new Promise(setImmediate);
    assert.equal(over, false, "2 is still under way");
    end(2);
    await failed;
    assert.deepEqual(begun, [1, 2]);
  });

  it("has nothing to do with nothing", async () => {
    assert.equal((await inOrder([], 2, stage().work).next()).done, true);
  });
});
