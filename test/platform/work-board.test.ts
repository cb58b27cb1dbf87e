import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { createBoardFile, openWorkBoard } from "../../src/platform/work-board.js";

const directory = mkdtempSync(join(tmpdir(), "board-"));
const SEATS = 3;
const file = createBoardFile(SEATS, directory);

suite("the board of a platform's workers", { skip: file === null && "only Linux has one" }, () => {
  const seatsFor = async (cores: number) => {
    assert.ok(file);
    const opened = await Promise.all(
      Array.from({ length: SEATS }, (_, seat) => openWorkBoard({ path: file.path, seat, seats: SEATS }, cores)),
    );
    return opened.map((board) => {
      assert.ok(board);
      board.through(0);
      return board;
    });
  };

  test("its file has no name, so nothing of it is left behind", () => {
    assert.deepEqual(readdirSync(directory), []);
  });

  test("a core is left over as soon as fewer are at work on the same broadcast than there are cores", async () => {
    const [a, b, c] = await seatsFor(2);
    assert.ok(a && b && c);
    const spare = () => [a, b, c].map((board) => board.hasSpareCore());
    assert.deepEqual(spare(), [false, false, false], "nobody is through with the first");
    a.through(1);
    assert.deepEqual(spare(), [false, false, false], "two still send");
    b.through(1);
    assert.deepEqual(
      spare(),
      [false, false, true],
      "one still sends; for the others, three would be at work on the second",
    );
    b.through(2);
    assert.deepEqual(spare(), [false, false, true], "b is two ahead of c: of the second only a and c are left");
    a.through(2);
    c.through(2);
    assert.deepEqual(spare(), [false, false, false]);
    for (const board of [a, b, c]) board[Symbol.dispose]();
  });

  test("one core is never left over, and many cores always are", async () => {
    for (const [cores, expected] of [[1, false] as const, [4, true] as const]) {
      const boards = await seatsFor(cores);
      assert.equal(boards[0]?.hasSpareCore(), expected, `${cores} cores`);
      for (const board of boards) board[Symbol.dispose]();
    }
  });

  test("a board that is gone, or never was, is done without", async () => {
    assert.equal(createBoardFile(2, join(directory, "no such folder")), null);
    const gone = createBoardFile(2, directory);
    assert.ok(gone);
    gone[Symbol.dispose]();
    gone[Symbol.dispose]();
    assert.equal(existsSync(gone.path), false);
    assert.equal(await openWorkBoard({ path: gone.path, seat: 0, seats: 2 }), null);
    rmSync(directory, { recursive: true });
    file?.[Symbol.dispose]();
  });
});
