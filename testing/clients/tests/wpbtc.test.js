// wpBTC is WETH9 and nothing else.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Actor, fee, reader } from "../deploy.js";
import { SAT } from "../node.js";
import { wethCode, wpbtc } from "../tokens.js";

const holder = new Actor(4);
const other = new Actor(5);
const balance = (actor) => wpbtc.read.balanceOf([actor.address]);

test("the code on the chain is the npm package's, byte for byte", async () => {
  assert.equal(await reader.getCode({ address: wpbtc.address }), wethCode);
});

test("it calls itself wpBTC and counts in wei", async () => {
  const said = await Promise.all(["name", "symbol", "decimals"].map((what) => wpbtc.read[what]()));
  assert.deepEqual(said, ["Wrapped pBTC", "wpBTC", 18]);
});

test("pBTC goes in, changes hands and comes out, one for one", async () => {
  const held = [await balance(holder), await balance(other)];
  const pbtc = await reader.getBalance({ address: holder.address });
  const put = await holder.send(wpbtc, "deposit", [], 3n * SAT);
  const sent = await holder.send(wpbtc, "transfer", [other.address, SAT]);
  const taken = await holder.send(wpbtc, "withdraw", [2n * SAT]);
  const fees = fee(put) + fee(sent) + fee(taken);
  assert.equal(await reader.getBalance({ address: holder.address }), pbtc - SAT - fees);
  assert.deepEqual([await balance(holder), await balance(other)], [held[0], held[1] + SAT]);
  assert.equal(await wpbtc.read.totalSupply(), await reader.getBalance({ address: wpbtc.address }));
});

test("nobody takes out more than is theirs", async () => {
  const all = await balance(other);
  await other.would(wpbtc, "withdraw", [all]);
  await assert.rejects(other.would(wpbtc, "withdraw", [all + 1n]), /reverted/);
});
