// viem, unmodified, as a wallet or a dApp would use it.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  decodeEventLog,
  getContract,
  http,
  parseEventLogs,
  webSocket,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { SAT, chain, compileLedger, node } from "../node.js";

const account = privateKeyToAccount(node.accounts[0].private_key);
const other = privateKeyToAccount(node.accounts[1].private_key);
const reader = createPublicClient({ chain, transport: http(), pollingInterval: 200 });
const wallet = createWalletClient({ account, chain, transport: http() });
const { abi, bytecode } = compileLedger();
let ledger;
let socket;

before(async () => {
  const hash = await wallet.deployContract({ abi, bytecode, args: [7n] });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, "success");
  ledger = getContract({ address: receipt.contractAddress, abi, client: { public: reader, wallet } });
  socket = createPublicClient({ chain, transport: webSocket() });
});

after(async () => (await socket.transport.getRpcClient()).close());

test("connects and names its chain", async () => {
  assert.equal(await reader.getChainId(), node.chain_id);
  assert.ok((await reader.getBlockNumber()) > 0n);
});

test("estimates, sends, waits, and the sums come out to the wei", async () => {
  const to = "0x00000000000000000000000000000000000ba115";
  const value = 5n * SAT;
  const before = await reader.getBalance({ address: account.address });
  const received = await reader.getBalance({ address: to });
  assert.equal(await reader.estimateGas({ account, to, value }), 21_000n);
  const receipt = await reader.waitForTransactionReceipt({ hash: await wallet.sendTransaction({ to, value }) });
  const paid = receipt.gasUsed * receipt.effectiveGasPrice;
  assert.equal(await reader.getBalance({ address: account.address }), before - value - paid);
  assert.equal(await reader.getBalance({ address: to }), received + value);
});

test("fees are not burnt: the security budget receives every one of them", async () => {
  const rewards = node.contracts.rewards;
  const receipt = await reader.waitForTransactionReceipt({
    hash: await wallet.sendTransaction({ to: other.address, value: 1n }),
  });
  const { blockNumber } = receipt;
  const [had, has] = await Promise.all(
    [blockNumber - 1n, blockNumber].map((at) => reader.getBalance({ address: rewards, blockNumber: at })),
  );
  const { transactions } = await reader.getBlock({ blockNumber });
  const receipts = await Promise.all(transactions.map((hash) => reader.getTransactionReceipt({ hash })));
  const fees = receipts.reduce((sum, r) => sum + (r.type === "0x42" ? 0n : r.gasUsed * r.effectiveGasPrice), 0n);
  assert.ok(fees > 0n);
  assert.equal(has - had, fees);
});

test("calls, writes and reads a contract", async () => {
  assert.equal(await ledger.read.notes([0n]), 7n);
  const receipt = await reader.waitForTransactionReceipt({ hash: await ledger.write.note([1n, 42n]) });
  assert.equal(await ledger.read.notes([1n]), 42n);
  const [log] = parseEventLogs({ abi, logs: receipt.logs, eventName: "Noted" });
  assert.deepEqual(log.args, { by: account.address, key: 1n, value: 42n });
  const found = await reader.getContractEvents({
    abi,
    address: ledger.address,
    eventName: "Noted",
    args: { key: 1n },
    fromBlock: receipt.blockNumber,
    toBlock: receipt.blockNumber,
  });
  assert.equal(found.length, 1);
  assert.equal(found[0].transactionHash, receipt.transactionHash);
});

test("a revert carries its reason, and a custom error its arguments", async () => {
  await assert.rejects(ledger.simulate.note([1n, 0n], { account }), (error) => {
    const reverted = error.walk((e) => e instanceof ContractFunctionRevertedError);
    return error instanceof BaseError && reverted.reason === "value must not be zero";
  });
  await assert.rejects(ledger.simulate.sweep([other.address], { account: other }), (error) => {
    const reverted = error.walk((e) => e instanceof ContractFunctionRevertedError);
    return reverted.data.errorName === "NotOwner" && reverted.data.args[0] === other.address;
  });
});

test("a transaction that reverts is mined with status reverted and pays for its gas", async () => {
  const hash = await ledger.write.note([1n, 0n], { gas: 100_000n });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, "reverted");
  assert.ok(receipt.gasUsed > 21_000n && receipt.gasUsed < 100_000n);
});

test("a contract creates another by CREATE2 at the address that anybody can compute", async () => {
  const salt = `0x${"11".repeat(32)}`;
  const { result } = await ledger.simulate.spawn([salt], { account });
  await reader.waitForTransactionReceipt({ hash: await ledger.write.spawn([salt]) });
  const number = [{ type: "function", name: "number", inputs: [], outputs: [{ type: "uint256" }], stateMutability: "view" }];
  assert.equal(await reader.readContract({ address: result, abi: number, functionName: "number" }), 1n);
});

test("full blocks parse, duties among them", async () => {
  const head = await reader.getBlockNumber();
  let duties = 0;
  for (let blockNumber = head; blockNumber > 0n && head - blockNumber < 200n; blockNumber--) {
    const block = await reader.getBlock({ blockNumber, includeTransactions: true });
    assert.equal(block.number, blockNumber);
    for (const tx of block.transactions) {
      if (tx.typeHex !== "0x42") continue;
      duties++;
      assert.equal(tx.from, "0x0000000000000000000000000000000000000000");
      assert.equal(tx.gasPrice ?? 0n, 0n);
      const receipt = await reader.getTransactionReceipt({ hash: tx.hash });
      assert.equal(receipt.status, "success");
    }
  }
  assert.ok(duties > 0, "no duty in the last 200 blocks: is the relayer running?");
});

test("subscribes to heads, logs and pending transactions over WebSocket", async () => {
  const seen = { heads: [], logs: [], pending: [] };
  const watch = (params, into) => socket.transport.subscribe({ params, onData: ({ result }) => into.push(result) });
  const subscriptions = await Promise.all([
    watch(["newHeads"], seen.heads),
    watch(["logs", { address: ledger.address }], seen.logs),
    watch(["newPendingTransactions"], seen.pending),
  ]);
  const hash = await ledger.write.note([9n, 9n]);
  const receipt = await reader.waitForTransactionReceipt({ hash });
  await until(() => seen.logs.length > 0 && seen.heads.some((h) => h.hash === receipt.blockHash));
  assert.ok(seen.pending.includes(hash));
  const { args } = decodeEventLog({ abi, data: seen.logs[0].data, topics: seen.logs[0].topics });
  assert.equal(args.key, 9n);
  await Promise.all(subscriptions.map((s) => s.unsubscribe()));
});

async function until(condition) {
  for (let i = 0; i < 300; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail("not seen within 30 s");
}
