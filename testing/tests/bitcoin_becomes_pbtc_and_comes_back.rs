//! Bitcoin becomes pBTC, an ordinary wallet sends it on, and payouts to every standard type of script arrive.

use alloy_primitives::B256;
use ballast_roles::chain::{At, read};
use ballast_testing::{Devnet, SAT, npm};
use ballast_types::SystemContract;
use ballast_types::interfaces::ICustody;
use bitcoin::key::{CompressedPublicKey, UntweakedPublicKey};
use bitcoin::secp256k1::SECP256K1;
use bitcoin::{Address, Network, PublicKey, ScriptBuf, script};

/// An address of each standard type, for one key.
fn addresses() -> Vec<(&'static str, Address)> {
    let key = ballast_regtest::keypair("payee");
    let public = PublicKey::new(key.public_key());
    let compressed = CompressedPublicKey(key.public_key());
    let taproot: UntweakedPublicKey = key.x_only_public_key().0;
    let script: ScriptBuf = script::Builder::new()
        .push_key(&public)
        .push_opcode(bitcoin::opcodes::all::OP_CHECKSIG)
        .into_script();
    let p2sh = Address::p2sh(&script, Network::Regtest).expect("the script is short");
    vec![
        ("P2PKH", Address::p2pkh(public, Network::Regtest)),
        ("P2SH", p2sh),
        ("P2WPKH", Address::p2wpkh(&compressed, Network::Regtest)),
        ("P2WSH", Address::p2wsh(&script, Network::Regtest)),
        ("P2TR", Address::p2tr(SECP256K1, taproot, None, Network::Regtest)),
    ]
}

#[test]
fn bitcoin_becomes_pbtc_and_comes_back() -> anyhow::Result<()> {
    let devnet = Devnet::start(&["--providers", "0"])?;

    // Bitcoin sent to a recipient's address becomes pBTC, less the fee that the address was shown with.
    let recipient = "0x1000000000000000000000000000000000000001";
    let quote = devnet.deposit_address(recipient, 5_000_000)?;
    let (fee, minted) = (quote["fee_sat"].as_u64().unwrap_or(0), quote["minted_sat"].as_u64().unwrap_or(0));
    assert_eq!(minted + fee, 5_000_000);
    devnet.pay(&[(quote["address"].as_str().expect("an address"), 5_000_000)])?;
    devnet.miner()?.mine(4)?;
    devnet.until_balance(recipient, u128::from(minted) * SAT)?;
    devnet.balanced()?;

    // An address that no node was asked to watch: anybody proves the deposit by hand, and it mints once.
    let other = "0x1100000000000000000000000000000000000011";
    let call = ICustody::depositScriptCall { recipient: other.parse()?, action: 0, refundKey: B256::ZERO };
    let script =
        ScriptBuf::from_bytes(read(&devnet.chain(), At::Latest, SystemContract::Custody, &call)?.to_vec());
    let address = Address::from_script(&script, Network::Regtest)?.to_string();
    let txid = devnet.pay(&[(&address, 80_000)])?;
    let prove = format!("prove-deposit --txid {txid} --recipient {other}");
    assert!(devnet.refusal(&prove)?.contains("wait until it is confirmed"));
    devnet.miner()?.mine(4)?;
    assert_eq!(devnet.ballast(&prove)?["state"], "proven");
    assert_eq!(devnet.ballast(&prove)?["state"], "proven before");
    devnet.until_balance(other, u128::from(80_000 - fee) * SAT)?;

    // viem sends pBTC of the accounts, which came in by deposits too.
    npm(&devnet, &["ci", "--no-audit", "--no-fund"])?;
    npm(&devnet, &["run", "viem"])?;

    // A payout to each type of script arrives to the sat, and the payer pays no more than the ceiling.
    let (payer, _) = devnet.account(1);
    let key = devnet.key_file(1)?;
    for (kind, address) in addresses() {
        let line =
            format!("payout request --to {address} --amount 70000 --max-fee 5000 --key {}", key.display());
        assert_eq!(devnet.ballast(&line)?["state"], "waiting", "{kind}");
    }
    let before = devnet.balance(&payer)?;
    devnet.mine_until("five payouts arrive", || {
        let arrived = addresses().into_iter().map(|(_, address)| devnet.received(&address.script_pubkey()));
        let arrived = arrived.collect::<anyhow::Result<Vec<_>>>()?;
        Ok(arrived.iter().all(|sats| *sats == 70_000).then_some(()))
    })?;
    devnet.mine_until("the payments are proven", || {
        let paid =
            (1..=5).map(|number| Ok(devnet.ballast(&format!("payout show {number}"))?["state"] == "paid"));
        Ok(paid.collect::<anyhow::Result<Vec<_>>>()?.iter().all(|paid| *paid).then_some(()))
    })?;
    let returned = devnet.balance(&payer)? - before;
    assert!(returned < 5 * 5_000 * SAT && returned > 0, "of the ceilings {returned} wei came back");
    let books = devnet.balanced()?;
    assert_eq!(books["escrow_sat"], 0);
    assert_eq!(u128::from(books["burnt_sat"].as_u64().expect("a number")) * SAT, 5 * 75_000 * SAT - returned);
    Ok(())
}
