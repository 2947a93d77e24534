// ethers, unmodified.
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { Contract, ContractFactory, JsonRpcProvider, Wallet, WebSocketProvider } from "ethers";
import { SAT, compileLedger, node } from "../node.js";

// ethers answers equal calls from a cache for 250 ms: longer than a block here, so a nonce from it may be used already
const provider = new JsonRpcProvider(node.rpc_url, node.chain_id, { pollingInterval: 200, cacheTimeout: -1 });
const wallet = new Wallet(node.accounts[2].private_key, provider);
const { abi, bytecode } = compileLedger();

after(() => provider.destroy());

test("connects, reads fees and sends in every type that wallets still use", async () => {
  assert.equal((await provider.getNetwork()).chainId, BigInt(node.chain_id));
  const fees = await provider.getFeeData();
  assert.ok(fees.maxFeePerGas > 0n && fees.gasPrice > 0n);
  for (const type of [0, 1, 2]) {
    const sent = await wallet.sendTransaction({ to: node.accounts[0].address, value: SAT, type });
    const receipt = await sent.wait();
    assert.equal(receipt.status, 1);
    assert.equal((await provider.getTransaction(sent.hash)).type, type);
  }
});

test("deploys a contract and hears its event over WebSocket", async () => {
  const ledger = await new ContractFactory(abi, bytecode, wallet).deploy(3n, { value: SAT });
  await ledger.waitForDeployment();
  assert.equal(await ledger.notes(0n), 3n);
  const socket = new WebSocketProvider(node.ws_url, node.chain_id);
  // `once` unsubscribes by itself and waits for no answer: destroying the provider before it comes is an error
  const send = socket.send.bind(socket);
  const unsubscribed = new Promise((resolve) => {
    socket.send = (method, params) => {
      const answer = send(method, params);
      if (method === "eth_unsubscribe") answer.then(resolve, resolve);
      return answer;
    };
  });
  try {
    const heard = new Promise((resolve) =>
      new Contract(ledger.target, abi, socket).once("Noted", (by, key, value) => resolve({ by, key, value })),
    );
    await socket.getBlockNumber();
    await (await ledger.note(5n, 6n)).wait();
    assert.deepEqual(await heard, { by: wallet.address, key: 5n, value: 6n });
    await unsubscribed;
  } finally {
    await socket.destroy();
  }
});

test("a revert carries its reason through estimate and call", async () => {
  const ledger = await new ContractFactory(abi, bytecode, wallet).deploy(3n);
  await ledger.waitForDeployment();
  await assert.rejects(ledger.note.staticCall(1n, 0n), { code: "CALL_EXCEPTION", reason: "value must not be zero" });
  await assert.rejects(ledger.note(1n, 0n), { code: "CALL_EXCEPTION", reason: "value must not be zero" });
});

test("full blocks parse, duties among them", async () => {
  const head = await provider.getBlockNumber();
  let duties = 0;
  for (let number = head; number > 0 && head - number < 200; number--) {
    const block = await provider.getBlock(number, true);
    duties += block.prefetchedTransactions.filter((tx) => tx.type === 0x42).length;
  }
  assert.ok(duties > 0, "no duty in the last 200 blocks: is the relayer running?");
});
