// The wire itself: tags, filters, batches and error codes, without a library in between.
import { test } from "node:test";
import assert from "node:assert/strict";
import { createWalletClient, http, keccak256 } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { SAT, chain, node, post, request, rpc } from "../node.js";

const account = privateKeyToAccount(node.accounts[3].private_key);
const wallet = createWalletClient({ account, chain, transport: http() });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function mined(hash) {
  for (let i = 0; i < 300; i++) {
    const receipt = await rpc("eth_getTransactionReceipt", hash);
    if (receipt) return receipt;
    await sleep(100);
  }
  assert.fail(`${hash} was not mined within 30 s`);
}

test("identity", async () => {
  assert.equal(await rpc("eth_chainId"), `0x${node.chain_id.toString(16)}`);
  assert.equal(await rpc("net_version"), String(node.chain_id));
  assert.match(await rpc("web3_clientVersion"), /^ballast\/v?\d+\.\d+\.\d+/);
  assert.deepEqual(await rpc("eth_accounts"), []);
  assert.equal(await rpc("eth_syncing"), false);
});

test("every block tag answers and they are ordered", async () => {
  const blocks = {};
  for (const tag of ["earliest", "finalized", "safe", "latest", "pending"]) {
    blocks[tag] = await rpc("eth_getBlockByNumber", tag, false);
    assert.ok(blocks[tag], tag);
  }
  const number = (tag) => BigInt(blocks[tag].number);
  assert.equal(number("earliest"), 0n);
  assert.ok(number("finalized") <= number("safe") && number("safe") <= number("latest"));
  assert.ok(number("latest") <= number("pending"));
});

test("a block is the same by number and by hash, and links to its parent", async () => {
  const byNumber = await rpc("eth_getBlockByNumber", "0x2", true);
  const byHash = await rpc("eth_getBlockByHash", byNumber.hash, true);
  assert.deepEqual(byHash, byNumber);
  const parent = await rpc("eth_getBlockByNumber", "0x1", false);
  assert.equal(byNumber.parentHash, parent.hash);
  assert.equal(await rpc("eth_getBlockByNumber", "0xffffffff", false), null);
  assert.equal(await rpc("eth_getBlockByHash", `0x${"00".repeat(32)}`, false), null);
});

test("receipts by block equal receipts by transaction", async () => {
  const receipt = await mined(await wallet.sendTransaction({ to: account.address, value: SAT }));
  const all = await rpc("eth_getBlockReceipts", receipt.blockNumber);
  assert.deepEqual(all[Number(receipt.transactionIndex)], receipt);
  const tx = await rpc("eth_getTransactionByHash", receipt.transactionHash);
  assert.equal(tx.blockHash, receipt.blockHash);
  assert.equal(await rpc("eth_getTransactionByHash", `0x${"00".repeat(32)}`), null);
});

test("filters hand out what is new, once", async () => {
  const blocks = await rpc("eth_newBlockFilter");
  const pending = await rpc("eth_newPendingTransactionFilter");
  const logs = await rpc("eth_newFilter", { fromBlock: "latest" });
  const hash = await wallet.sendTransaction({ to: account.address, value: 1n });
  const receipt = await mined(hash);
  assert.ok((await rpc("eth_getFilterChanges", blocks)).includes(receipt.blockHash));
  assert.ok((await rpc("eth_getFilterChanges", pending)).includes(hash));
  assert.ok(Array.isArray(await rpc("eth_getFilterLogs", logs)));
  assert.equal(await rpc("eth_uninstallFilter", blocks), true);
  assert.equal(await rpc("eth_uninstallFilter", blocks), false);
  await assert.rejects(rpc("eth_getFilterChanges", blocks), { code: -32000 });
});

test("fee history has one base fee more than blocks, and a price for each percentile", async () => {
  const history = await rpc("eth_feeHistory", "0x4", "latest", [25, 75]);
  assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
  assert.ok(history.reward.every((row) => row.length === 2));
});

test("batches answer each call by its id, good and bad side by side", async () => {
  const answers = await post([request("eth_chainId", [], 1), request("eth_nonsense", [], 2), request("eth_blockNumber", [], 3)]);
  const byId = Object.fromEntries(answers.map((a) => [a.id, a]));
  assert.ok(byId[1].result && byId[3].result);
  assert.equal(byId[2].error.code, -32601);
});

test("errors carry the codes that clients branch on", async () => {
  assert.equal((await post("{not json")).error.code, -32700);
  assert.equal((await post({ jsonrpc: "2.0", id: 1 })).error.code, -32600);
  await assert.rejects(rpc("eth_getBalance", "0x12", "latest"), { code: -32602 });
  await assert.rejects(rpc("eth_call", { to: account.address, value: "0xffffffffffffffffffffffffffffffff", from: account.address }, "latest"), {
    code: -32000,
    message: /insufficient funds/,
  });
  await assert.rejects(rpc("eth_sendRawTransaction", "0x02c0"), { code: -32602 });
});

test("what a mempool refuses, it refuses with the words that wallets know", async () => {
  const nonce = Number(await rpc("eth_getTransactionCount", account.address, "latest"));
  const sign = (fields) =>
    account.signTransaction({
      chainId: node.chain_id,
      type: "eip1559",
      nonce,
      gas: 21_000n,
      maxFeePerGas: 10n ** 9n,
      maxPriorityFeePerGas: 0n,
      to: account.address,
      value: 0n,
      ...fields,
    });
  const refused = async (fields, message) =>
    assert.rejects(rpc("eth_sendRawTransaction", await sign(fields)), { code: -32000, message });
  await refused({ nonce: nonce - 1 }, /nonce too low/);
  await refused({ gas: 20_000n }, /intrinsic gas too low/);
  await refused({ value: 10n ** 30n }, /insufficient funds/);
  await refused({ chainId: 1 }, /chain id/);
  const raw = await sign({ maxFeePerGas: 2n * 10n ** 9n });
  assert.equal(await rpc("eth_sendRawTransaction", raw), keccak256(raw));
  await mined(keccak256(raw));
});

test("state by number reaches back, and further back says so", async () => {
  const head = BigInt(await rpc("eth_blockNumber"));
  await rpc("eth_getBalance", account.address, `0x${(head - 1n).toString(16)}`);
  await assert.rejects(rpc("eth_getBalance", account.address, `0x${(head + 1000n).toString(16)}`), { code: -32000 });
  assert.equal(await rpc("eth_getStorageAt", account.address, "0x0", "latest"), `0x${"00".repeat(32)}`);
});
