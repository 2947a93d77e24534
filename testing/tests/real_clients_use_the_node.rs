//! viem and ethers, unmodified, use a running devnet as wallets and dApps do, and Uniswap and Aave, unmodified, run on it. The
//! cases are in `testing/clients/tests`.

use ballast_testing::{Devnet, npm};

#[test]
fn real_clients_use_the_node() -> anyhow::Result<()> {
    let devnet = Devnet::start(&["--bitcoin-block-time", "1s"])?;
    npm(&devnet, &["ci", "--no-audit", "--no-fund"])?;
    npm(&devnet, &["test"])
}
