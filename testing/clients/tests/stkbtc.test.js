// stkBTC as wallets and dApps meet it: a signed permit, ERC-4626 deposits of wpBTC, ERC-7540 redemptions, events.
import { test } from "node:test";
import assert from "node:assert/strict";
import { isAddressEqual, parseAbi, parseEventLogs, parseSignature } from "viem";
import { Actor, at } from "../deploy.js";
import { stake, stkbtc, wpbtc } from "../tokens.js";

const abi = parseAbi([
  "function name() view returns (string)",
  "function symbol() view returns (string)",
  "function decimals() view returns (uint8)",
  "function asset() view returns (address)",
  "function balanceOf(address) view returns (uint256)",
  "function allowance(address, address) view returns (uint256)",
  "function nonces(address) view returns (uint256)",
  "function eip712Domain() view returns (bytes1, string, string, uint256, address, bytes32, uint256[])",
  "function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
  "function transferFrom(address, address, uint256) returns (bool)",
  "function supportsInterface(bytes4) view returns (bool)",
  "function previewDeposit(uint256) view returns (uint256)",
  "function deposit(uint256 assets, address receiver) returns (uint256)",
  "function requestRedeem(uint256 shares, address controller, address owner) returns (uint256)",
  "function pendingRedeemRequest(uint256 requestId, address controller) view returns (uint256)",
  "function claimableRedeemRequest(uint256 requestId, address controller) view returns (uint256)",
  "function maxRedeem(address) view returns (uint256)",
  "function redeem(uint256 shares, address receiver, address controller) returns (uint256)",
  "event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares)",
  "event RedeemRequest(address indexed controller, address indexed owner, uint256 indexed requestId, address sender, uint256 shares)",
]);
const vault = at(stkbtc.address, abi);
const [holder, friend] = [2, 3].map((index) => new Actor(index));
const UNIT = 10n ** 18n;

test("it says what it is", async () => {
  const said = ["name", "symbol", "decimals"].map((name) => vault.read[name]());
  assert.deepEqual(await Promise.all(said), ["Ballast staked BTC", "stkBTC", 18]);
  assert.ok(isAddressEqual(await vault.read.asset(), wpbtc.address));
  // ERC-165, ERC-7575, ERC-7540's operators and asynchronous redemption; not its asynchronous deposit
  for (const id of ["0x01ffc9a7", "0x2f0a18c5", "0xe3bc4e65", "0x620ee8e4"]) {
    assert.ok(await vault.read.supportsInterface([id]), id);
  }
  assert.ok(!(await vault.read.supportsInterface(["0xce3bbe50"])));
});

test("a permit signed by the wallet is an allowance, once", async () => {
  await stake(holder, UNIT / 100n);
  const [, name, version, chainId, verifyingContract] = await vault.read.eip712Domain();
  const value = UNIT / 1000n;
  const message = {
    owner: holder.address,
    spender: friend.address,
    value,
    nonce: await vault.read.nonces([holder.address]),
    deadline: 2n ** 40n,
  };
  const fields = ["owner address", "spender address", "value uint256", "nonce uint256", "deadline uint256"];
  const Permit = fields.map((field) => ({ name: field.split(" ")[0], type: field.split(" ")[1] }));
  const domain = { name, version, chainId: Number(chainId), verifyingContract };
  const signed = await holder.account.signTypedData({ domain, types: { Permit }, primaryType: "Permit", message });
  const { r, s, v } = parseSignature(signed);
  const permit = [holder.address, friend.address, value, message.deadline, Number(v), r, s];
  await friend.send(vault, "permit", permit);
  assert.equal(await vault.read.allowance([holder.address, friend.address]), value);
  await friend.send(vault, "transferFrom", [holder.address, friend.address, value]);
  assert.equal(await vault.read.allowance([holder.address, friend.address]), 0n);
  await assert.rejects(friend.would(vault, "permit", permit));
});

test("wpBTC goes in, a ticket waits for nothing and pays wpBTC", async () => {
  const assets = UNIT / 50n;
  await holder.send(wpbtc, "deposit", [], assets);
  await holder.send(wpbtc, "approve", [vault.address, assets]);
  const shares = await vault.read.previewDeposit([assets]);
  const deposited = await holder.send(vault, "deposit", [assets, holder.address]);
  const [event] = parseEventLogs({ abi, eventName: "Deposit", logs: deposited.logs, strict: true })
    .filter((log) => isAddressEqual(log.address, vault.address));
  assert.deepEqual(event.args, { sender: holder.address, owner: holder.address, assets, shares });

  const asked = await holder.send(vault, "requestRedeem", [shares, holder.address, holder.address]);
  const [request] = parseEventLogs({ abi, eventName: "RedeemRequest", logs: asked.logs });
  const ticket = request.args.requestId;
  while ((await vault.read.claimableRedeemRequest([ticket, holder.address])) < shares) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.equal(await vault.read.pendingRedeemRequest([ticket, holder.address]), 0n);
  const most = await vault.read.maxRedeem([holder.address]);
  const paid = await holder.would(vault, "redeem", [most, holder.address, holder.address]);
  const had = await wpbtc.read.balanceOf([holder.address]);
  await holder.send(vault, "redeem", [most, holder.address, holder.address]);
  assert.equal((await wpbtc.read.balanceOf([holder.address])) - had, paid);
  assert.ok(paid <= assets && paid + 2n >= assets, `${paid} of ${assets}`);
});
