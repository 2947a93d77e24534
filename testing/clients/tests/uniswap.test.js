// Uniswap v2 from its npm packages, unmodified, with wpBTC for WETH and stkBTC for a token. Every amount is checked against the constant product.
import { before, test } from "node:test";
import assert from "node:assert/strict";
import { encodePacked, getCreate2Address, keccak256, maxUint256 } from "viem";
import { Actor, artifact, at, fee, reader } from "../deploy.js";
import { stake, stkbtc, wpbtc } from "../tokens.js";

const PBTC = 10n ** 18n;
/** Shares that the first liquidity leaves in the pool for ever. */
const LOCKED = 1_000n;
/** A deadline that never passes. */
const NEVER = maxUint256;

const build = (name) => artifact(`@uniswap/${name}.json`);
const pairBuild = build("v2-core/build/UniswapV2Pair");
const routerBuild = build("v2-periphery/build/UniswapV2Router02");
const maker = new Actor(4);
const trader = new Actor(5);
const pbtcOf = ({ address }) => reader.getBalance({ address });
const token = stkbtc;
let factory;
let router;
let pair;

before(async () => {
  await stake(maker, 3n * PBTC);
  factory = await maker.deploy(build("v2-core/build/UniswapV2Factory"), [maker.address]);
  router = await maker.deploy(routerBuild, [factory.address, wpbtc.address]);
  await maker.send(token, "approve", [router.address, maxUint256]);
});

/** What the pool has of wpBTC and of the token. */
async function pool() {
  const [first, second] = await pair.read.getReserves();
  const reserves = same(await pair.read.token0(), wpbtc.address) ? [first, second] : [second, first];
  const held = [wpbtc, token].map((of) => of.read.balanceOf([pair.address]));
  assert.deepEqual(await Promise.all(held), reserves);
  return reserves;
}

/** What comes out for `amount`, 0.3 % of which stays. */
const bought = (amount, from, to) => (997n * amount * to) / (1_000n * from + 997n * amount);
/** What `amount` costs. */
const cost = (amount, from, to) => (1_000n * from * amount) / (997n * (to - amount)) + 1n;
const same = (one, other) => one.toLowerCase() === other.toLowerCase();

test("the first liquidity makes the pool where everybody computes it to be", async () => {
  const [btc, tokens] = [2n * PBTC + 1n, (19n * PBTC) / 10n];
  const had = await pbtcOf(maker);
  const to = maker.address;
  const added = await maker.send(router, "addLiquidityETH", [token.address, tokens, tokens, btc, to, NEVER], btc);
  pair = at(await factory.read.getPair([wpbtc.address, token.address]), pairBuild.abi);
  const salted = [wpbtc.address, token.address].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const salt = keccak256(encodePacked(["address", "address"], salted));
  assert.equal(getCreate2Address({ from: factory.address, salt, bytecode: pairBuild.bytecode }), pair.address);
  assert.ok(routerBuild.bytecode.includes(keccak256(pairBuild.bytecode).slice(2)));
  assert.deepEqual(await pool(), [btc, tokens]);
  assert.equal(await pair.read.balanceOf([to]), root(btc * tokens) - LOCKED);
  assert.equal(await pbtcOf(maker), had - btc - fee(added));
});

test("wpBTC buys the token for exactly what the formula says", async () => {
  const amount = PBTC / 10n;
  await trader.send(wpbtc, "deposit", [], amount);
  await trader.send(wpbtc, "approve", [router.address, amount]);
  const [btc, tokens] = await pool();
  const out = bought(amount, btc, tokens);
  const path = [wpbtc.address, token.address];
  const swap = (least) => [amount, least, path, trader.address, NEVER];
  await assert.rejects(
    trader.would(router, "swapExactTokensForTokens", swap(out + 1n)),
    /UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT/,
  );
  const had = await wpbtc.read.balanceOf([trader.address]);
  await trader.send(router, "swapExactTokensForTokens", swap(out));
  assert.equal(await token.read.balanceOf([trader.address]), out);
  assert.equal(await wpbtc.read.balanceOf([trader.address]), had - amount);
  assert.deepEqual(await pool(), [btc + amount, tokens - out]);
});

test("pBTC buys an exact amount and the change comes back", async () => {
  const amount = PBTC / 20n;
  const [btc, tokens] = await pool();
  const price = cost(amount, btc, tokens);
  const path = [wpbtc.address, token.address];
  const [had, held] = [await pbtcOf(trader), await token.read.balanceOf([trader.address])];
  const swapped = await trader.send(router, "swapETHForExactTokens", [amount, path, trader.address, NEVER], PBTC);
  assert.equal(await token.read.balanceOf([trader.address]), held + amount);
  assert.equal(await pbtcOf(trader), had - price - fee(swapped));
  assert.deepEqual(await pool(), [btc + price, tokens - amount]);
});

test("the token sells for pBTC", async () => {
  const amount = await token.read.balanceOf([trader.address]);
  await trader.send(token, "approve", [router.address, amount]);
  const [btc, tokens] = await pool();
  const out = bought(amount, tokens, btc);
  const path = [token.address, wpbtc.address];
  const had = await pbtcOf(trader);
  const swapped = await trader.send(router, "swapExactTokensForETH", [amount, out, path, trader.address, NEVER]);
  assert.equal(await pbtcOf(trader), had + out - fee(swapped));
  assert.deepEqual(await pool(), [btc - out, tokens + amount]);
});

test("a second provider joins at the pool's price and both leave with their shares of the fees", async () => {
  const [btc, tokens] = await pool();
  const [supply, shares] = [await pair.read.totalSupply(), await pair.read.balanceOf([maker.address])];
  assert.ok(btc * tokens > supply * supply, "swaps left their fees");
  const [put, most] = [PBTC / 2n, PBTC];
  await maker.send(token, "transfer", [trader.address, most]);
  await trader.send(token, "approve", [router.address, most]);
  await trader.send(router, "addLiquidityETH", [token.address, most, 0n, put, trader.address, NEVER], put);
  const matched = (put * tokens) / btc;
  assert.deepEqual(await pool(), [btc + put, tokens + matched]);
  const [byBtc, byTokens] = [(put * supply) / btc, (matched * supply) / tokens];
  const joined = byBtc < byTokens ? byBtc : byTokens;
  assert.equal(await pair.read.balanceOf([trader.address]), joined);

  for (const [actor, amount] of [[maker, shares], [trader, joined]]) await leaves(actor, amount);
  assert.equal(await pair.read.totalSupply(), LOCKED);
});

/** Removes this liquidity, and checks that it is its share of the pool, rounded down. */
async function leaves(actor, amount) {
  const [reserves, supply] = [await pool(), await pair.read.totalSupply()];
  const [btc, tokens] = reserves.map((reserve) => (reserve * amount) / supply);
  await actor.send(pair, "approve", [router.address, amount]);
  const [had, held] = [await pbtcOf(actor), await token.read.balanceOf([actor.address])];
  const to = actor.address;
  const left = await actor.send(router, "removeLiquidityETH", [token.address, amount, tokens, btc, to, NEVER]);
  assert.equal(await pbtcOf(actor), had + btc - fee(left));
  assert.equal(await token.read.balanceOf([to]), held + tokens);
  assert.deepEqual(await pool(), [reserves[0] - btc, reserves[1] - tokens]);
}

/** The square root, rounded down. */
function root(square) {
  let guess = square;
  for (let next = (square + 1n) / 2n; next < guess; next = (guess + square / guess) / 2n) guess = next;
  return guess;
}
