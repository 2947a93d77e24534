// Aave v3 from its npm package, unmodified: wpBTC is lent against staked bitcoin, whose price falls by a slash.
import { before, test } from "node:test";
import assert from "node:assert/strict";
import { maxUint256, parseEventLogs } from "viem";
import { openMarket } from "../aave.js";
import { Actor } from "../deploy.js";
import { stakedToken, wpbtc } from "../tokens.js";

const UNIT = 10n ** 18n;
const LIMITS = { ltv: 9_000n, threshold: 9_300n, bonus: 10_100n };
/** A debt with a rate that varies. */
const VARIABLE = 2n;
/** Aave's names for its refusals. */
const REFUSED = { tooMuch: /reason:\s+36\s/, healthy: /reason:\s+45\s/ };

const [lender, borrower, liquidator, admin] = [6, 7, 8, 9].map((index) => new Actor(index));
const LENT = 6n * UNIT;
const COLLATERAL = 5n * UNIT;
let staked;
let market;

before(async () => {
  staked = await stakedToken(borrower, COLLATERAL);
  market = await openMarket(admin, staked.token, LIMITS);
  await tellRate();
});

/** Tells the market the rate of the staked token, and returns it. */
async function tellRate() {
  const rate = await staked.rate();
  await admin.send(market.prices, "setAssetPrice", [staked.token.address, rate]);
  return rate;
}

/** Wraps as much pBTC as is missing and lets the market take it. */
async function provide(actor, amount) {
  const held = await wpbtc.read.balanceOf([actor.address]);
  if (held < amount) await actor.send(wpbtc, "deposit", [], amount - held);
  await actor.send(wpbtc, "approve", [market.pool.address, amount]);
}

async function position() {
  const [collateral, debt, , , , health] = await market.pool.read.getUserAccountData([borrower.address]);
  return { collateral, debt, health };
}

/** How Aave rounds: to the nearest, halves up. */
const share = (amount, basisPoints) => (amount * basisPoints + 5_000n) / 10_000n;
const health = (collateral, debt) => (share(collateral, LIMITS.threshold) * UNIT + debt / 2n) / debt;

test("wpBTC is borrowed against the staked token, as much as its rate allows", async () => {
  const { pool } = market;
  const { token } = staked;
  await provide(lender, LENT);
  await lender.send(pool, "supply", [wpbtc.address, LENT, lender.address, 0]);
  await borrower.send(token, "approve", [pool.address, COLLATERAL]);
  await borrower.send(pool, "supply", [token.address, COLLATERAL, borrower.address, 0]);
  const worth = (COLLATERAL * (await staked.rate())) / UNIT;
  const most = share(worth, LIMITS.ltv);
  const borrow = (amount) => [wpbtc.address, amount, VARIABLE, 0, borrower.address];
  await assert.rejects(borrower.would(pool, "borrow", borrow(most + 1n)), REFUSED.tooMuch);
  const had = await wpbtc.read.balanceOf([borrower.address]);
  await borrower.send(pool, "borrow", borrow(most));
  assert.equal(await wpbtc.read.balanceOf([borrower.address]), had + most);
  assert.deepEqual(await position(), { collateral: worth, debt: most, health: health(worth, most) });
});

test("nobody liquidates a healthy borrower", async () => {
  assert.ok((await position()).health > UNIT);
  const call = [staked.token.address, wpbtc.address, borrower.address, UNIT, false];
  await assert.rejects(liquidator.would(market.pool, "liquidationCall", call), REFUSED.healthy);
});

test("after a slash a liquidator pays half the debt and takes its worth and the bonus", async () => {
  const { pool } = market;
  const { token } = staked;
  const { debt } = await position();
  await staked.slash();
  const rate = await tellRate();
  const worth = (COLLATERAL * rate) / UNIT;
  assert.deepEqual(await position(), { collateral: worth, debt, health: health(worth, debt) });
  assert.ok(health(worth, debt) < UNIT);

  const paid = share(debt, 5_000n);
  const taken = share((paid * UNIT) / rate, LIMITS.bonus);
  await provide(liquidator, debt);
  const had = await wpbtc.read.balanceOf([liquidator.address]);
  const call = [token.address, wpbtc.address, borrower.address, maxUint256, false];
  const { logs } = await liquidator.send(pool, "liquidationCall", call);
  const [{ args }] = parseEventLogs({ abi: pool.abi, logs, eventName: "LiquidationCall" });
  assert.deepEqual([args.debtToCover, args.liquidatedCollateralAmount], [paid, taken]);
  assert.equal(await wpbtc.read.balanceOf([liquidator.address]), had - paid);
  assert.equal(await token.read.balanceOf([liquidator.address]), taken);
  const [left, owed] = [((COLLATERAL - taken) * rate) / UNIT, debt - paid];
  assert.deepEqual(await position(), { collateral: left, debt: owed, health: health(left, owed) });
  assert.ok(health(left, owed) > UNIT, "healthy again");
});

test("the borrower repays, both take out what is theirs, and the market is empty", async () => {
  const { pool } = market;
  const { token } = staked;
  const all = (asset, { address }) => [asset.address, maxUint256, address];
  const taken = await token.read.balanceOf([liquidator.address]);
  await assert.rejects(lender.would(pool, "withdraw", all(wpbtc, lender)), /reverted/);
  await provide(borrower, (await position()).debt);
  await borrower.send(pool, "repay", [wpbtc.address, maxUint256, VARIABLE, borrower.address]);
  await borrower.send(pool, "withdraw", all(token, borrower));
  assert.equal(await token.read.balanceOf([borrower.address]), COLLATERAL - taken);
  const had = await wpbtc.read.balanceOf([lender.address]);
  await lender.send(pool, "withdraw", all(wpbtc, lender));
  assert.equal(await wpbtc.read.balanceOf([lender.address]), had + LENT);
  for (const asset of [wpbtc, token]) {
    const { aTokenAddress } = await pool.read.getReserveData([asset.address]);
    assert.equal(await asset.read.balanceOf([aTokenAddress]), 0n);
  }
});
