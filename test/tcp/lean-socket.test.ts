import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { suite, test } from "node:test";
import { acceptLean } from "../../src/tcp/accept-lean.js";
import { dialLean } from "../../src/tcp/dial-lean.js";
import { LeanSocket } from "../../src/tcp/lean-socket.js";
import { openTcpBinding } from "../../src/tcp/tcp-binding.js";
import { allOf, listening, Owner, pair, patterned, shareOf, tcp } from "../support/lean-pair.js";

suite("lean sockets", { timeout: 60_000, skip: tcp === null && "this Node hands out no TCP binding" }, () => {
  test("bytes go both ways, and a write that is taken whole leaves the buffer to its writer", async () => {
    const { owner, socket, peer } = await pair();
    const scratch = Buffer.from("one");
    assert.equal(socket.write(scratch), true);
    scratch.set(Buffer.from("two"));
    assert.equal(socket.write(scratch), true);
    assert.equal(socket.writePair(Buffer.from("head"), Buffer.from("body")), true);
    assert.equal(socket.writableLength, 0);
    peer.write("answer");
    assert.equal((await owner.gotBytes(6)).toString(), "answer");
    socket.end(Buffer.from("last"));
    assert.equal((await allOf(peer)).toString(), "onetwoheadbodylast");
    peer.end();
    await owner.heard("closed");
    assert.deepEqual(owner.said, ["connected", "received", "closed"]);
  });

  test("what the system does not take waits in order, counts as waiting, and drains", async () => {
    const { owner, socket, peer } = await pair();
    peer.pause();
    const piece = patterned(1 << 20);
    const written: Buffer[] = [];
    while (socket.writableLength === 0) {
      written.push(piece);
      socket.write(piece);
    }
    assert.equal(socket.writableLength, piece.length);
    const more = [Buffer.from("behind it"), Buffer.from("head"), Buffer.from("body")] as const;
    assert.equal(socket.write(more[0]), false);
    assert.equal(socket.writePair(more[1], more[2]), false);
    assert.equal(socket.writableLength, piece.length + 17);
    const all = allOf(peer);
    await owner.heard("drained");
    assert.equal(socket.writableLength, 0);
    socket.end();
    assert.ok((await all).equals(Buffer.concat([...written, ...more])));
    peer.destroy();
    await owner.heard("closed");
  });

  test("a peer that ends still gets what waits, then the socket closes", async () => {
    const { owner, socket, peer } = await pair();
    peer.pause();
    const piece = patterned(1 << 20);
    let written = 0;
    while (socket.writableLength === 0) {
      written += piece.length;
      socket.write(piece);
    }
    peer.end();
    await new Promise((resolve) => peer.once("finish", resolve));
    assert.equal((await allOf(peer)).length, written);
    await owner.heard("closed");
    assert.ok(!owner.said.some((said) => said.startsWith("failed")));
  });

  test("a reset is a failure before the end, told once", async () => {
    const { owner, peer } = await pair();
    peer.resetAndDestroy();
    await owner.heard("closed");
    assert.deepEqual(owner.said, ["connected", "failed ECONNRESET", "closed"]);
  });

  test("writing to a connection that is gone fails outside of the call", async () => {
    const { owner, socket, peer } = await pair();
    socket.pause(); // it does not notice by reading
    peer.resetAndDestroy();
    await once(peer, "close");
    const write = () => {
      const before = owner.said.length;
      socket.write(Buffer.from("x"));
      assert.equal(owner.said.length, before, "nothing is told within a write");
      if (!owner.said.includes("closed")) setImmediate(write);
    };
    write();
    await owner.heard("closed");
    assert.match(owner.said.at(-2) ?? "", /^failed (EPIPE|ECONNRESET)$/);
    assert.equal(socket.remoteAddress, undefined);
    assert.equal(socket.write(Buffer.from("x")), true, "a write to a closed socket is nothing");
  });

  test("nothing that listens is a failure, and a destroyed attempt only closes", async () => {
    const server = createServer();
    const port = await listening(server);
    server.close();
    await once(server, "close");
    const refused = new Owner();
    dialLean(shareOf(), { address: "127.0.0.1", port, localAddress: undefined }, refused);
    assert.deepEqual(refused.said, []);
    await refused.heard("closed");
    assert.deepEqual(refused.said, ["failed ECONNREFUSED", "closed"]);

    const given = new Owner();
    dialLean(shareOf(), { address: "127.0.0.1", port, localAddress: undefined }, given).destroy();
    await given.heard("closed");
    assert.deepEqual(given.said, ["closed"]);
  });

  test("a source address that is not this machine's fails", async () => {
    const owner = new Owner();
    dialLean(shareOf(), { address: "127.0.0.1", port: 9, localAddress: "203.0.113.1" }, owner);
    await owner.heard("closed");
    assert.deepEqual(owner.said, ["failed EADDRNOTAVAIL", "closed"]);
  });

  test("a server hands connections over as bare handles", async () => {
    const server = createServer(() => assert.fail("no net.Socket is made"));
    const port = await listening(server);
    const owner = new Owner();
    const share = shareOf();
    let accepted: LeanSocket<Owner> | null = null;
    const taken = acceptLean(server, (handle) => {
      accepted = new LeanSocket(share, handle);
      accepted.belongTo(owner);
      accepted.start();
      owner.tell("accepted");
    });
    assert.ok(taken);
    const client = new Owner();
    const socket = dialLean(shareOf(), { address: "127.0.0.1", port, localAddress: "127.0.0.5" }, client);
    await owner.heard("accepted");
    await client.heard("connected");
    assert.equal((accepted as LeanSocket<Owner> | null)?.remoteAddress, "127.0.0.5");
    socket.write(Buffer.from("hello"));
    assert.equal((await owner.gotBytes(5)).toString(), "hello");
    socket.end();
    await Promise.all([owner.heard("closed"), client.heard("closed")]);
    server.close();
    await once(server, "close");
  });
});

test("IOTB_TCP=net does without the binding", () => {
  assert.equal(openTcpBinding({ IOTB_TCP: "net" }), null);
});
