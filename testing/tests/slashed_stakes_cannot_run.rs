//! A staker is on the way out when its provider signs two blocks at one height: the unbonding output is slashed as the stake
//! would have been, the chain learns of that, and only the rest comes home. What is slashed pulls its own transaction up.

use anyhow::Context;
use ballast_bitcoin_io::Bitcoin;
use ballast_roles::chain::At;
use ballast_testing::{Devnet, txid, until};
use ballast_types::interfaces::IStaking::Status;
use bitcoin::absolute::LockTime;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness};
use serde_json::{Value, json};

const PROVIDER: u16 = 1;
const AMOUNT: u64 = 600_000;
/// What unbonding costs, in sats.
const UNBONDING_FEE: u64 = 2_000;
/// The tenth that is slashed, in sats.
const SLASHED: u64 = (AMOUNT - UNBONDING_FEE) / 10;
/// What the slashing transaction pays by itself, in sats.
const SLASHING_FEE: u64 = 1_000;
/// How long unbonded bitcoin, and what slashing leaves of it, is locked, in Bitcoin blocks.
const UNBONDING_TIME: u32 = 10;

/// A transaction that gives all of a pay-to-anchor output to the miners. It takes nobody's signature.
fn pull(anchor: OutPoint) -> Transaction {
    let input = TxIn {
        previous_output: anchor,
        script_sig: ScriptBuf::new(),
        sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
        witness: Witness::new(),
    };
    let output = TxOut { value: Amount::ZERO, script_pubkey: ScriptBuf::new_op_return(*b"pulled up") };
    Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![input], output: vec![output] }
}

/// What bitcoind counts a transaction of the mempool and all that follow from it to pay, in sats.
fn pays_with_descendants(devnet: &Devnet, txid: Txid) -> anyhow::Result<u64> {
    let entry: Value = devnet.miner()?.rpc().call("getmempoolentry", json!([txid]))?;
    let fees = entry["fees"]["descendant"].as_f64().context("no fees")?;
    Ok(Amount::from_btc(fees)?.to_sat())
}

#[test]
fn slashed_stakes_cannot_run() -> anyhow::Result<()> {
    let devnet = Devnet::start(&[])?;
    devnet.until_in_snapshot(4)?;
    let miner = devnet.miner()?;
    let before = devnet.provider(PROVIDER, At::Latest)?.power;

    // A staker leaves: its unbonding transaction is on Bitcoin and has not matured.
    let staker = devnet.staker("staker", PROVIDER, AMOUNT)?;
    let stake = staker.stake()?;
    staker.until_power(Status::Active, before + AMOUNT)?;
    let unbonding = OutPoint::new(txid(&staker.unbond(true)?, "unbonding_txid")?, 0);
    devnet.miner()?.mine(1)?;
    staker.until_shown("exit", "unbonding")?;
    staker.until_power(Status::Unbonding, before)?;
    assert_eq!(miner.rpc().output(&unbonding)?.map(|coin| coin.confirmations), Some(1));

    // Its provider signs two blocks at one height, and the unbonding output is slashed by what was signed beforehand.
    devnet.act(&format!("equivocate {PROVIDER}"))?;
    devnet.until_key_exposed(PROVIDER)?;
    let slashing = staker.transaction("unbonding_slashing_tx")?.compute_txid();
    let slashed = until("the slashing transaction is in the mempool", || {
        Ok(miner.rpc().transaction(&slashing, None)?)
    })?;
    assert_eq!(slashed.input[0].previous_output, unbonding);
    assert_eq!(miner.rpc().output(&unbonding)?, None);
    let early = devnet.refusal(&staker.withdraw_command())?;
    assert!(early.contains("the slashing change matures in 10 blocks"), "{early}");

    // The slashed tenth is pay-to-anchor: anybody pulls the transaction up with it, and all of it ends with the miners.
    let tenth = &slashed.output[0];
    assert_eq!((tenth.value.to_sat(), tenth.script_pubkey.to_hex_string().as_str()), (SLASHED, "51024e73"));
    assert_eq!(pays_with_descendants(&devnet, slashing)?, SLASHING_FEE);
    let child = pull(OutPoint::new(slashing, 0));
    miner.rpc().submit(&child)?;
    assert_eq!(pays_with_descendants(&devnet, slashing)?, SLASHING_FEE + SLASHED);
    let block = miner.mine(1)?[0];
    for mined in [slashing, child.compute_txid()] {
        assert!(miner.rpc().transaction(&mined, Some(&block))?.is_some(), "{mined} is in the block");
    }

    // The relayer proves it: the stake that was leaving is slashed, by another spend than before.
    devnet.until_status(stake, Status::Slashed, false)?;
    let shown = staker.shown()?;
    assert_eq!((&shown["exit"], &shown["spend"]), (&json!("slashing"), &json!(slashing)), "{shown}");
    assert_eq!(shown["provider_removed"], true);

    // What is left comes home, later, and it is less by the tenth and the fee.
    miner.mine(UNBONDING_TIME - 1)?;
    let withdrawn = devnet.ballast(&staker.withdraw_command())?;
    assert_eq!((&withdrawn["from"], &withdrawn["to"]), (&json!("slashing change"), &json!(staker.home)));
    let sats = |field: &str| withdrawn[field].as_u64().expect("a number");
    assert_eq!(sats("amount_sat") + sats("fee_sat"), AMOUNT - UNBONDING_FEE - SLASHED - SLASHING_FEE);
    Ok(())
}
