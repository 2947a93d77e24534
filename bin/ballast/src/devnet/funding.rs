//! The first pBTC of a devnet: real deposits of the miner's bitcoin, one for each account.
//!
//! There is no premine, so before this nobody can pay for gas. What is done already is found on the two chains, so a start
//! that was broken off goes on.

use std::thread::sleep;

use anyhow::{Context, Result};
use ballast_bitcoin_io::Bitcoin;
use ballast_regtest::Miner;
use ballast_roles::HttpChain;
use ballast_types::SystemContract;
use ballast_types::interfaces::ICustody;
use bitcoin::{Amount, ScriptBuf, TxOut};
use serde_json::{Value, json};

use super::accounts;
use super::run::step;
use crate::chain::{LOOK, view};

/// What each account deposits.
pub(super) const DEPOSIT: Amount = Amount::from_sat(1_000_000_000);

/// Waits for custody's key, deposits for every account that never got anything, and waits for the pBTC.
pub(super) fn fund(chain: &HttpChain, miner: &Miner) -> Result<()> {
    wait_for_key(chain)?;
    let missing = unfunded(chain)?;
    if missing.is_empty() {
        return Ok(());
    }
    step("deposits for the accounts");
    let mut outputs = Vec::new();
    for account in &missing {
        let call =
            ICustody::depositScriptCall { recipient: *account, action: 0, refundKey: Default::default() };
        let script = view(chain, SystemContract::Custody, &call)?;
        let _: Value = chain.ask("ballast_watchDeposit", json!([account, 0, null]))?;
        outputs.push(TxOut { value: DEPOSIT, script_pubkey: ScriptBuf::from_bytes(script.to_vec()) });
    }
    outputs.retain(|output| !sent(miner, output).unwrap_or_default());
    if !outputs.is_empty() {
        miner.pay(&outputs).context("the miner cannot pay the first deposits")?;
    }
    let depth =
        view(chain, SystemContract::Custody, &ICustody::quoteDepositCall { value: DEPOSIT.to_sat() })?.depth;
    miner.mine(depth + 1)?;
    while !unfunded(chain)?.is_empty() {
        sleep(LOOK);
    }
    Ok(())
}

/// Shows the rounds of the key ceremony until it is over.
fn wait_for_key(chain: &HttpChain) -> Result<()> {
    let mut shown = None;
    loop {
        let ceremony = view(chain, SystemContract::Custody, &ICustody::ceremonyCall {})?;
        if ceremony.round == 0 {
            return Ok(());
        }
        if shown != Some((ceremony.number, ceremony.round)) {
            step(&format!("custody's key: ceremony {}, round {} of 5", ceremony.number, ceremony.round));
            shown = Some((ceremony.number, ceremony.round));
        }
        sleep(LOOK);
    }
}

/// Accounts that have no pBTC and never sent a transaction.
fn unfunded(chain: &HttpChain) -> Result<Vec<alloy_primitives::Address>> {
    let mut missing = Vec::new();
    for account in accounts::all() {
        let balance: alloy_primitives::U256 =
            chain.ask("eth_getBalance", json!([account.address, "latest"]))?;
        let nonce: alloy_primitives::U64 =
            chain.ask("eth_getTransactionCount", json!([account.address, "latest"]))?;
        if balance.is_zero() && nonce.is_zero() {
            missing.push(account.address);
        }
    }
    Ok(missing)
}

/// Whether an earlier start has paid this output, and it is on Bitcoin.
fn sent(miner: &Miner, output: &TxOut) -> Result<bool> {
    let found = miner.rpc().unspent(std::slice::from_ref(&output.script_pubkey))?;
    Ok(found.iter().any(|coin| coin.output == *output))
}
