//! What every intent of a network obeys.

use bitcoin::FeeRate;

use crate::coin::Coin;

/// Limits on inputs, payouts and fees; parameters of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// k: confirmations from which a coin may be spent.
    pub depth: u32,
    /// Most inputs of a transaction.
    pub max_inputs: usize,
    /// Most payouts of a transaction.
    pub max_payouts: usize,
    /// Highest fee rate.
    pub max_fee_rate: FeeRate,
    /// How often its share at the first rung must go into a payout's fee ceiling, at least 1. With 4, a ladder
    /// can double the rate twice before a payout of the batch stops it.
    pub headroom: u64,
}

impl Rules {
    pub(crate) fn is_deep(&self, coin: &Coin) -> bool {
        coin.confirmations >= self.depth
    }

    pub(crate) fn clamp(&self, fee_rate: FeeRate) -> FeeRate {
        fee_rate.min(self.max_fee_rate)
    }
}
