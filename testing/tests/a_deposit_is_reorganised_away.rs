//! Bitcoin throws a deposit's block away: before its depth it mints only where it ends up; after its depth the pBTC
//! stays, the books show what is not backed, and minting stops until it is.

use ballast_bitcoin_io::Bitcoin;
use ballast_testing::{Devnet, SAT, until};

#[test]
fn a_deposit_is_reorganised_away() -> anyhow::Result<()> {
    let devnet = Devnet::start(&["--providers", "0"])?;
    let recipient = "0x3000000000000000000000000000000000000003";
    let quote = devnet.deposit_address(recipient, 1_000_000)?;
    let address = quote["address"].as_str().expect("an address").to_owned();
    let minted = |sats: u64| u128::from(sats - quote["fee_sat"].as_u64().expect("a fee")) * SAT;

    // Two blocks deep, then its block goes; nothing is minted until it is three deep in another one.
    devnet.pay(&[(&address, 1_000_000)])?;
    devnet.act("mine 2")?;
    devnet.act("reorg 2")?;
    devnet.until_followed()?;
    assert_eq!(devnet.balance(recipient)?, 0);
    devnet.act("mine 4")?;
    devnet.until_balance(recipient, minted(1_000_000))?;
    devnet.balanced()?;

    // Minted, then the block goes: the pBTC stays, unbacked, and the books are short by as much.
    devnet.act("reorg 4")?;
    let books = until("the books are short", || {
        let books = devnet.ballast("reserves")?;
        Ok((books["unbacked_sat"].as_u64() >= Some(1_000_000)).then_some(books))
    })?;
    assert!(books["deficit_sat"].as_u64() > Some(0), "{books}");
    assert_eq!(devnet.balance(recipient)?, minted(1_000_000));

    // Meanwhile another deposit confirms; the proof of it is refused, for what would back its pBTC backs other pBTC.
    let (later, _) = devnet.account(9);
    let quote = devnet.deposit_address(&later, 500_000)?;
    let before = devnet.balance(&later)?;
    let (miner, script) = (devnet.miner()?, quote["address"].as_str().expect("an address").to_owned());
    let txid = devnet.pay(&[(&script, 500_000)])?;
    let second = miner.rpc().transaction(&txid, None)?.expect("it waits in the mempool");
    miner.mine_with(&[second])?;
    for _ in 0..3 {
        miner.mine_with(&[])?;
    }
    devnet.until_followed()?;
    let refused = devnet.refusal(&format!("prove-deposit --txid {txid} --recipient {later}"))?;
    assert!(refused.contains("Deficit"), "{refused}");
    assert_eq!(devnet.balance(&later)?, before);

    // It confirms again and is proven again: nothing is minted twice, nothing is missing.
    devnet.act("mine 5")?;
    until("the books are whole", || Ok(devnet.balanced().ok()))?;
    assert_eq!(devnet.balance(recipient)?, minted(1_000_000));
    devnet.until_balance(&later, before + minted(500_000))?;
    devnet.balanced()?;
    Ok(())
}
