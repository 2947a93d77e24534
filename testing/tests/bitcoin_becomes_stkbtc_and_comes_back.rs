//! Bitcoin sent to one address becomes stkBTC; half of it leaves by the queue and half through the pool, and both are pBTC
//! again that custody pays out.

use alloy_primitives::U256;
use alloy_primitives::utils::parse_ether;
use ballast_roles::chain::{At, read};
use ballast_testing::{Devnet, until};
use ballast_types::SystemContract;
use ballast_types::interfaces::IToken;
use bitcoin::Address;
use bitcoin::Network;
use bitcoin::secp256k1::SECP256K1;

/// The stkBTC of an account, in wei.
fn shares(devnet: &Devnet, account: &str) -> anyhow::Result<U256> {
    let call = IToken::balanceOfCall { account: account.parse()? };
    Ok(read(&devnet.chain(), At::Latest, SystemContract::StkBtc, &call)?)
}

#[test]
fn bitcoin_becomes_stkbtc_and_comes_back() -> anyhow::Result<()> {
    let devnet = Devnet::start(&["--providers", "0"])?;
    let (holder, _) = devnet.account(0);
    let key = devnet.key_file(0)?;
    let key = key.display();

    // Somebody supplies the pool. Somebody else sends bitcoin from anywhere to an address of the holder's.
    let supplier = devnet.key_file(1)?;
    let supplied = devnet.ballast(&format!("pool supply --amount 0.02 --key {}", supplier.display()))?;
    assert_eq!(supplied["cash_pbtc"], "0.020000000000000000");
    let quote =
        devnet.ballast(&format!("deposit-address --recipient {holder} --action stake --amount 3000000"))?;
    devnet.pay(&[(quote["address"].as_str().expect("an address"), 3_000_000)])?;
    devnet.miner()?.mine(4)?;
    let minted = U256::from(quote["minted_sat"].as_u64().expect("sats")) * U256::from(10u64.pow(10));

    // It is stkBTC at once, but for the first shares, which nobody ever has.
    let locked = parse_ether("0.00001")?;
    until("the deposit is stkBTC", || Ok((shares(&devnet, &holder)? == minted - locked).then_some(())))?;
    let vault = devnet.ballast("vault show")?;
    assert_eq!(
        (&vault["rate"], &vault["supply_stkbtc"]),
        (&"1.000000000000000000".into(), &vault["assets_pbtc"])
    );
    devnet.balanced()?;

    // A part goes into the queue, which completes it as nothing of the vault's is on Bitcoin.
    let asked = devnet.ballast(&format!("redeem --shares 0.01 --key {key}"))?;
    assert_eq!((&asked["ticket"], &asked["most_pbtc"]), (&"1".into(), &"0.010000000000000000".into()));
    let queue = format!("queue --account {holder}");
    until("the ticket is finished", || {
        Ok((devnet.ballast(&queue)?["claimable_pbtc"] == "0.010000000000000000").then_some(()))
    })?;
    assert_eq!(devnet.ballast(&format!("redeem --claim --key {key}"))?["wpbtc"], "0.010000000000000000");
    assert_eq!(devnet.ballast(&format!("redeem --claim --key {key}"))?["state"], "nothing to claim");

    // Another part does not wait; the pool pays less than it is worth, and redeems what it bought.
    let before = devnet.balance(&holder)?;
    let sold = devnet.ballast(&format!("redeem --shares 0.01 --now --key {key}"))?;
    let paid = parse_ether(sold["least_pbtc"].as_str().expect("an amount"))?;
    assert!(paid < parse_ether("0.01")? && paid > parse_ether("0.0099")?, "{sold}");
    assert!(U256::from(devnet.balance(&holder)? - before) < paid, "gas is paid, too");
    until("the pool has pBTC again", || {
        let pool = devnet.ballast("pool show")?;
        let cash = parse_ether(pool["cash_pbtc"].as_str().unwrap_or_default())?;
        Ok((cash > parse_ether("0.02")? && pool["in_queue_pbtc"] == "0.000000000000000000").then_some(()))
    })?;

    // What cannot be had is refused by name, and the books still balance.
    assert!(devnet.refusal(&format!("redeem --shares 1 --key {key}"))?.contains("name at most that"));
    assert!(devnet.refusal(&format!("redeem --cancel 1 --key {key}"))?.contains("does not wait"));
    let (public, _) = ballast_regtest::keypair("payee").x_only_public_key();
    let address = Address::p2tr(SECP256K1, public, None, Network::Regtest);
    devnet.ballast(&format!("payout request --to {address} --amount 900000 --max-fee 5000 --key {key}"))?;
    devnet.until_paid(1)?;
    assert_eq!(devnet.received(&address.script_pubkey())?, 900_000);
    devnet.balanced()?;
    Ok(())
}
