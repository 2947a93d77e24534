//! The fee rate of what a command builds: the stated one or the node's estimate, and never more than the node takes.

use anyhow::{Context, Result, bail, ensure};
use ballast_bitcoin_io::{Bitcoin, MAX_FEE_RATE};
use bitcoin::{FeeRate, Network};

#[cfg(test)]
mod tests;

/// Fee rate on a devnet, whose node has no fees to estimate from, in sat/vB.
const DEVNET_FEE_RATE: u64 = 2;

/// Blocks within which a transaction without a stated fee rate should confirm.
const FEE_TARGET: u16 = 6;

/// The stated fee rate, or the node's estimate.
pub(crate) fn fee_rate(stated: Option<u64>, node: &impl Bitcoin, network: Network) -> Result<FeeRate> {
    if let Some(rate) = stated {
        return bounded(rate);
    }
    match (node.fee_rate(FEE_TARGET)?, network) {
        (Some(rate), _) => bounded(rate.to_sat_per_vb_ceil()),
        (None, Network::Regtest) => bounded(DEVNET_FEE_RATE),
        (None, _) => bail!("the node cannot estimate a fee rate yet: state one with --fee-rate"),
    }
}

fn bounded(rate: u64) -> Result<FeeRate> {
    let most = MAX_FEE_RATE.to_sat_per_vb_floor();
    ensure!((1..=most).contains(&rate), "fee rate of {rate} sat/vB: choose from 1 to {most}");
    FeeRate::from_sat_per_vb(rate).context("a bounded rate fits")
}
