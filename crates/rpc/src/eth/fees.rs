//! What a transaction has to pay.
//!
//! A block that is not full takes every transaction that pays the base fee, whatever its tip, so the suggested tip is
//! zero unless blocks run above their gas target; then it is what most transactions of such blocks paid. Looking at all
//! blocks instead would keep up, for ever, a tip that somebody once paid for nothing.

use alloy_consensus::Transaction as _;
use alloy_eips::BlockNumberOrTag;
use alloy_primitives::{U64, U128};
use alloy_rpc_types_eth::FeeHistory;
use ballast_evm::next_base_fee;
use ballast_types::{Block, Header, Receipt, Transaction};

use crate::{
    chain::ChainError,
    context::{Context, Executed},
    error::RpcError,
    methods::Methods,
};

/// Blocks that a suggestion looks back.
const SAMPLE_BLOCKS: u64 = 20;
/// The suggested tip is at least that of so many per cent of the gas in the sample.
const SAMPLE_PERCENTILE: f64 = 60.0;
/// Most blocks of one fee history.
const MAX_HISTORY: u64 = 256;
/// Most percentiles of one fee history.
const MAX_PERCENTILES: usize = 100;

pub(super) fn register(methods: &mut Methods) {
    methods.execute("eth_gasPrice", gas_price);
    methods.execute("eth_maxPriorityFeePerGas", max_priority_fee_per_gas);
    methods.execute("eth_feeHistory", fee_history);
}

fn gas_price(context: &Context, (): ()) -> Result<U128, RpcError> {
    let latest = header(context, context.chain.latest()?)?;
    let base_fee = next_base_fee(&latest, context.chain.parameters().base_fee_floor_wei);
    Ok(U128::from(suggested_tip(context)?.saturating_add(base_fee.into())))
}

fn max_priority_fee_per_gas(context: &Context, (): ()) -> Result<U128, RpcError> {
    suggested_tip(context).map(U128::from)
}

fn suggested_tip(context: &Context) -> Result<u128, RpcError> {
    let latest = context.chain.latest()?;
    let mut sample = Vec::new();
    for number in latest.saturating_sub(SAMPLE_BLOCKS - 1)..=latest {
        let header = header(context, number)?;
        if header.gas_used > header.gas_limit / 2 {
            sample.extend(tips(&executed(context, number)?));
        }
    }
    Ok(at_percentiles(sample, &[SAMPLE_PERCENTILE])[0])
}

fn fee_history(
    context: &Context,
    (count, newest, percentiles): (U64, BlockNumberOrTag, Option<Vec<f64>>),
) -> Result<FeeHistory, RpcError> {
    let percentiles = percentiles.unwrap_or_default();
    check(&percentiles)?;
    let (newest, latest) = (context.number(newest)?, context.chain.latest()?);
    if newest > latest {
        return Err(ChainError::Unknown { number: newest, latest }.into());
    }
    let count = count.saturating_to::<u64>().min(MAX_HISTORY).min(newest.saturating_add(1));
    if count == 0 {
        return Ok(FeeHistory::default());
    }
    let oldest_block = newest - (count - 1);
    let mut history = FeeHistory { oldest_block, ..FeeHistory::default() };
    let mut rewards = Vec::new();
    for number in oldest_block..=newest {
        let header = header(context, number)?;
        history.base_fee_per_gas.push(header.base_fee_per_gas.unwrap_or_default().into());
        history.gas_used_ratio.push(header.gas_used as f64 / header.gas_limit as f64);
        if number == newest {
            let next = next_base_fee(&header, context.chain.parameters().base_fee_floor_wei);
            history.base_fee_per_gas.push(next.into());
        }
        if !percentiles.is_empty() {
            rewards.push(at_percentiles(tips(&executed(context, number)?), &percentiles));
        }
    }
    history.reward = (!percentiles.is_empty()).then_some(rewards);
    Ok(history)
}

fn check(percentiles: &[f64]) -> Result<(), RpcError> {
    let text = if percentiles.len() > MAX_PERCENTILES {
        format!("invalid reward percentiles: at most {MAX_PERCENTILES}")
    } else if let Some(wrong) = percentiles.iter().find(|percentile| !(0.0..=100.0).contains(*percentile)) {
        format!("invalid reward percentile: {wrong} is not between 0 and 100")
    } else if !percentiles.is_sorted() {
        "invalid reward percentiles: they must rise".to_owned()
    } else {
        return Ok(());
    };
    Err(RpcError::InvalidParams(text))
}

/// A tip in wei per gas, and the gas for which it was paid.
type Tip = (u128, u64);

/// Tips of the ordinary transactions; duties pay none and use no gas of the block.
fn tips(executed: &Executed) -> Vec<Tip> {
    let Executed { block: Block { header, transactions }, receipts, .. } = executed;
    let base_fee = header.base_fee_per_gas.unwrap_or_default();
    let mut before = 0;
    let tip = |(transaction, receipt): (&Transaction, &Receipt)| {
        let gas = receipt.cumulative_gas_used.saturating_sub(before);
        before = receipt.cumulative_gas_used;
        match transaction {
            Transaction::Duty(_) => None,
            Transaction::Ethereum(envelope) => {
                Some((envelope.effective_tip_per_gas(base_fee).unwrap_or_default(), gas))
            }
        }
    };
    transactions.iter().zip(receipts).filter_map(tip).collect()
}

/// For each percentile the tip below or at which that share of the gas paid; zero where nothing was paid.
fn at_percentiles(mut tips: Vec<Tip>, percentiles: &[f64]) -> Vec<u128> {
    tips.sort_unstable();
    let total: u64 = tips.iter().map(|(_, gas)| gas).sum();
    let at = |percentile: &f64| {
        let threshold = total as f64 * percentile / 100.0;
        let mut sum = 0;
        let reached = tips.iter().find(|(_, gas)| {
            sum += gas;
            sum as f64 >= threshold
        });
        reached.or(tips.last()).map_or(0, |(tip, _)| *tip)
    };
    percentiles.iter().map(at).collect()
}

fn header(context: &Context, number: u64) -> Result<Header, RpcError> {
    context.header(BlockNumberOrTag::Number(number).into())
}

fn executed(context: &Context, number: u64) -> Result<Executed, RpcError> {
    let executed = Executed::read(context.chain.as_ref(), number)?;
    executed.ok_or_else(|| ChainError::Store(format!("block {number} is missing")).into())
}

#[cfg(test)]
mod tests;
