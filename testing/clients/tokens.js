// The two tokens that DeFi meets: wpBTC, and the one that stands for staked bitcoin.
import { erc20Abi, parseAbi } from "viem";
import { artifact, at } from "./deploy.js";
import { node } from "./node.js";

const weth = artifact("canonical-weth/build/contracts/WETH9.json");

export const wpbtc = at(node.contracts.wpBTC, weth.abi);

/** The code that WETH9 has once it is deployed. */
export const wethCode = weth.deployedBytecode;

/** An ERC-20 that is no part of the chain, at a price that somebody says. */
async function plainToken(holder, amount) {
  const token = await holder.deploy(artifact("@uniswap/v2-core/build/ERC20.json"), [amount]);
  let rate = 105n * 10n ** 16n;
  const slash = async () => void (rate -= rate / 25n);
  return { token, rate: async () => rate, slash };
}

/**
 * Gives `holder` an amount of a token for staked bitcoin whose rate can fall at will. Resolves to the token, to `rate()`, the
 * wpBTC that one of it is worth times 1e18, and to `slash()`, which makes the rate fall by a few per cent.
 */
export const stakedToken = plainToken;

const vault = ["function stake(address receiver) payable returns (uint256)", "function getRate() view returns (uint256)"];
export const stkbtc = at(node.contracts.stkBTC, [...erc20Abi, ...parseAbi(vault)]);
/** Shares that the first stake leaves in the vault for ever. */
const FIRST = 10n ** 13n;

/** Stakes so much pBTC of `holder` that it has at least `amount` of stkBTC. */
export async function stake(holder, amount) {
  const first = (await stkbtc.read.totalSupply()) === 0n ? FIRST : 0n;
  const worth = (amount * (await stkbtc.read.getRate())) / 10n ** 18n + 1n;
  await holder.send(stkbtc, "stake", [holder.address], worth + first);
}
