// The two tokens that DeFi meets: wpBTC, and the one that stands for staked bitcoin.
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
 * Gives `holder` an amount of the staked token. Resolves to the token, to `rate()`, the wpBTC that one of it is worth times
 * 1e18, and to `slash()`, which makes the rate fall by a few per cent. This line alone says which token it is.
 */
export const stakedToken = plainToken;
