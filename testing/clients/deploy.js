// Contracts as npm ships them, compiled by their authors, and accounts of the devnet that deploy and use them.
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { createPublicClient, createWalletClient, getContract, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { chain, node } from "./node.js";

const require = createRequire(import.meta.url);

export const reader = createPublicClient({ chain, transport: http(), pollingInterval: 200 });

/** The abi, the bytecode and the places for addresses of libraries in a package's build file. */
export function artifact(path) {
  const { linkReferences = {}, ...built } = require(path);
  return { ...built, bytecode: hex(built.bytecode), linkReferences };
}

/** The bytecode with the addresses of the libraries that it calls, by their names. */
export function link({ bytecode, linkReferences }, libraries) {
  let linked = bytecode;
  for (const [name, places] of Object.values(linkReferences).flatMap(Object.entries)) {
    assert.ok(libraries[name], `${name} is to be deployed first`);
    for (const { start, length } of places) {
      const [from, to] = [2 + 2 * start, 2 + 2 * (start + length)];
      linked = linked.slice(0, from) + libraries[name].slice(2).toLowerCase() + linked.slice(to);
    }
  }
  return linked;
}

/** An account of the devnet. What it sends is in a block, and succeeded, when the promise resolves. */
export class Actor {
  constructor(index) {
    this.account = privateKeyToAccount(node.accounts[index].private_key);
    this.address = this.account.address;
    this.wallet = createWalletClient({ account: this.account, chain, transport: http() });
  }

  async deploy(artifact, args = [], libraries = {}) {
    const hash = await this.wallet.deployContract({ abi: artifact.abi, bytecode: link(artifact, libraries), args });
    const { contractAddress } = await succeeded(hash);
    return at(contractAddress, artifact.abi);
  }

  /** Calls a function of a contract in a transaction and returns the receipt. */
  async send({ address, abi }, functionName, args = [], value = 0n) {
    const { account } = this;
    const estimate = await reader.estimateContractGas({ account, address, abi, functionName, args, value });
    // a contract that looks at the clock may have more to do in a later second, as Uniswap's pools do
    const gas = 2n * estimate;
    return succeeded(await this.wallet.writeContract({ address, abi, functionName, args, value, gas }));
  }

  /** The result of the same call, sent by nobody. Rejects with the reason if it would revert. */
  async would({ address, abi }, functionName, args = [], value = 0n) {
    const { account } = this;
    return (await reader.simulateContract({ account, address, abi, functionName, args, value })).result;
  }
}

/** A contract to read from. */
export const at = (address, abi) => getContract({ address, abi, client: reader });

/** What a transaction's sender paid for its gas, in wei. */
export const fee = (receipt) => receipt.gasUsed * receipt.effectiveGasPrice;

async function succeeded(hash) {
  const receipt = await reader.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, "success");
  return receipt;
}

const hex = (code) => (code.startsWith("0x") ? code : `0x${code}`);
