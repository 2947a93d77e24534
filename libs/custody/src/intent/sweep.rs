//! Sweep intents: coins into the treasury, in one output.
//!
//! One function for four occasions: deposits that are to become treasury outputs, small coins to merge, treasury
//! outputs to renew before their recovery leaf opens, and everything under an old key when custodians change.
//!
//! Coins go in by urgency, those with the fewest blocks left first, up to a limit. A deposit whose depositor
//! could soon take it back is never swept: past half of its refund time it is the depositor's. Nor is a coin that
//! is worth no more than its own input's fee.

use std::collections::BTreeSet;

use bitcoin::{Amount, FeeRate, OutPoint, Weight, XOnlyPublicKey};

use super::{Intent, IntentError, Kind, Parts, Rules};
use crate::coin::Coin;
use crate::treasury::Treasury;

/// What a sweep intent follows from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The group key of the coins, which signs.
    pub group: XOnlyPublicKey,
    /// Where they go: the present treasury, also when the group is an old one.
    pub treasury: &'a Treasury,
    /// The coins to sweep.
    pub coins: &'a [Coin],
    /// What live intents spend.
    pub reserved: &'a BTreeSet<OutPoint>,
    /// The present fee rate.
    pub fee_rate: FeeRate,
    /// The most that the fee may be, on any rung: what depositors were charged, or what the fee buffer grants.
    pub budget: Amount,
    /// The network's rules.
    pub rules: &'a Rules,
}

/// The next sweep intent.
///
/// # Errors
/// [`IntentError::Nothing`] if no coin is ready and worth it, [`IntentError::Budget`] if the fee is too high.
pub fn derive(facts: &Facts<'_>) -> Result<Intent, IntentError> {
    let fee_rate = facts.rules.clamp(facts.fee_rate);
    let input_fee = fee_rate.fee_wu(INPUT).ok_or(IntentError::Overflow)?;
    let ready = |coin: &&Coin| {
        facts.rules.is_deep(coin)
            && !facts.reserved.contains(&coin.outpoint)
            && coin.value > input_fee
            && !(coin.lock.is_refundable() && blocks_left(coin) == 0)
    };
    let mut coins: Vec<&Coin> = facts.coins.iter().filter(ready).collect();
    coins.sort_by_key(|coin| (blocks_left(coin), coin.outpoint));
    coins.dedup_by_key(|coin| coin.outpoint);
    Intent::build(Parts {
        kind: Kind::Sweep,
        group: facts.group,
        treasury: facts.treasury.clone(),
        inputs: coins.into_iter().take(facts.rules.max_inputs).cloned().collect(),
        payouts: Vec::new(),
        fee_rate,
        least_fee: Amount::ZERO,
        budget: facts.budget,
        rung: 0,
    })
}

/// Weight of one key-path input: 41 bytes and a witness of 66.
const INPUT: Weight = Weight::from_wu(41 * 4 + 66);

/// Blocks until a coin should be spent.
fn blocks_left(coin: &Coin) -> u32 {
    coin.lock.spend_by().map_or(u32::MAX, |last| last.saturating_sub(coin.confirmations))
}
