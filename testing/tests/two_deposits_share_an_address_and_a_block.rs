//! Two deposits to one address, in one transaction, in one block, and in two: each mints once.

use ballast_testing::{Devnet, SAT};

#[test]
fn two_deposits_share_an_address_and_a_block() -> anyhow::Result<()> {
    let devnet = Devnet::start(&["--providers", "0"])?;
    let recipient = "0x2000000000000000000000000000000000000002";
    let quote = devnet.deposit_address(recipient, 100_000)?;
    let address = quote["address"].as_str().expect("an address");
    let minted = |sats: u64| u128::from(sats - quote["fee_sat"].as_u64().expect("a fee")) * SAT;

    // One transaction pays the address twice, a second one in the same block pays it once more.
    devnet.pay(&[(address, 100_000), (address, 250_000)])?;
    devnet.pay(&[(address, 40_000)])?;
    devnet.miner()?.mine(4)?;
    let sum = minted(100_000) + minted(250_000) + minted(40_000);
    devnet.until_balance(recipient, sum)?;

    // Another in a later block, of the same amount as one before.
    devnet.pay(&[(address, 40_000)])?;
    devnet.miner()?.mine(4)?;
    devnet.until_balance(recipient, sum + minted(40_000))?;

    // Dust mints nothing and breaks nothing: it stays where it is, and the next deposit counts.
    devnet.pay(&[(address, 19_999), (address, 20_000)])?;
    devnet.miner()?.mine(4)?;
    devnet.until_balance(recipient, sum + minted(40_000) + minted(20_000))?;
    devnet.balanced()?;
    Ok(())
}
