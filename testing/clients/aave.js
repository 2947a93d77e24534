// An Aave v3 market from its npm package, unmodified. Prices and amounts are in wpBTC, so that the price of the staked token
// is its rate.
import { zeroAddress } from "viem";
import { artifact, at } from "./deploy.js";
import { wpbtc } from "./tokens.js";

const RAY = 10n ** 27n;
const UNIT = 10n ** 18n;

const build = (path) => artifact(`@aave/core-v3/artifacts/contracts/${path}.sol/${path.split("/").at(-1)}.json`);
const logic = (name) => build(`protocol/libraries/logic/${name}`);

/** Lends wpBTC against `token`. `limits` are in basis points: what may be borrowed, when it is liquidated, and for how much. */
export async function openMarket(admin, token, limits) {
  const libraries = await deployLibraries(admin);
  const provider = await admin.deploy(build("protocol/configuration/PoolAddressesProvider"), ["Ballast", admin.address]);
  await admin.send(provider, "setACLAdmin", [admin.address]);
  const acl = await admin.deploy(build("protocol/configuration/ACLManager"), [provider.address]);
  await admin.send(provider, "setACLManager", [acl.address]);
  await admin.send(acl, "addPoolAdmin", [admin.address]);
  const prices = await deployOracle(admin, provider);
  const pool = await behindProxy(admin, provider, "Pool", libraries);
  const configurator = await behindProxy(admin, provider, "PoolConfigurator", libraries);
  await listReserves(admin, { provider, pool, configurator }, [wpbtc, token]);
  await admin.send(configurator, "setReserveBorrowing", [wpbtc.address, true]);
  const { ltv, threshold, bonus } = limits;
  await admin.send(configurator, "configureReserveAsCollateral", [token.address, ltv, threshold, bonus]);
  return { pool, prices };
}

async function deployLibraries(admin) {
  const libraries = {};
  const names = ["Supply", "Borrow", "Liquidation", "EMode", "Bridge", "Pool", "Configurator", "FlashLoan"];
  for (const name of names.map((name) => `${name}Logic`)) {
    libraries[name] = (await admin.deploy(logic(name), [], libraries)).address;
  }
  return libraries;
}

/**
 * Aave's oracle counts in wpBTC and asks the package's settable oracle for everything else. Whoever calls its `setAssetPrice`
 * says what `getRate()` says; a market that is meant to last needs a source with `latestAnswer()` in front of `getRate()`.
 */
async function deployOracle(admin, provider) {
  const prices = await admin.deploy(build("mocks/oracle/PriceOracle"));
  const sources = [provider.address, [], [], prices.address, wpbtc.address, UNIT];
  const oracle = await admin.deploy(build("misc/AaveOracle"), sources);
  await admin.send(provider, "setPriceOracle", [oracle.address]);
  return prices;
}

async function behindProxy(admin, provider, name, libraries) {
  const built = build(`protocol/pool/${name}`);
  const implementation = await admin.deploy(built, name === "Pool" ? [provider.address] : [], libraries);
  await admin.send(provider, `set${name}Impl`, [implementation.address]);
  return at(await provider.read[`get${name}`](), built.abi);
}

async function listReserves(admin, { provider, pool, configurator }, tokens) {
  const [aToken, stable, variable] = [
    await admin.deploy(build("protocol/tokenization/AToken"), [pool.address]),
    await admin.deploy(build("protocol/tokenization/StableDebtToken"), [pool.address]),
    await admin.deploy(build("protocol/tokenization/VariableDebtToken"), [pool.address]),
  ];
  // no interest: every amount is exact, however long the test takes
  const rates = [(8n * RAY) / 10n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, (2n * RAY) / 10n];
  const strategy = await admin.deploy(build("protocol/pool/DefaultReserveInterestRateStrategy"), [
    provider.address,
    ...rates,
  ]);
  const reserves = tokens.map((token) => ({
    aTokenImpl: aToken.address,
    stableDebtTokenImpl: stable.address,
    variableDebtTokenImpl: variable.address,
    underlyingAssetDecimals: 18,
    interestRateStrategyAddress: strategy.address,
    underlyingAsset: token.address,
    treasury: admin.address,
    incentivesController: zeroAddress,
    aTokenName: "supplied",
    aTokenSymbol: "supplied",
    variableDebtTokenName: "owed",
    variableDebtTokenSymbol: "owed",
    stableDebtTokenName: "owed at a fixed rate",
    stableDebtTokenSymbol: "owed-fixed",
    params: "0x",
  }));
  await admin.send(configurator, "initReserves", [reserves]);
}
