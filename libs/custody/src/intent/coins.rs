//! Which coins pay, for payouts and for stakes.
//!
//! Only coins k deep, not spent by a live intent, and nobody else's to take back. The smallest single coin that
//! suffices, so that large ones stay free for the next intent; if none does, the largest ones first, up to a
//! limit.

use std::collections::BTreeSet;

use bitcoin::{Amount, OutPoint};

use super::{IntentError, Rules, sum};
use crate::coin::Coin;

/// Coins that may be spent, largest first.
pub(super) fn spendable<'a>(
    coins: &'a [Coin],
    reserved: &BTreeSet<OutPoint>,
    rules: &Rules,
) -> Vec<&'a Coin> {
    let free = |coin: &&Coin| {
        rules.is_deep(coin) && !reserved.contains(&coin.outpoint) && !coin.lock.is_refundable()
    };
    let mut coins: Vec<&Coin> = coins.iter().filter(free).collect();
    coins.sort_by(|a, b| b.value.cmp(&a.value).then(a.outpoint.cmp(&b.outpoint)));
    coins
}

/// Coins, of those sorted by [`spendable`], that are worth at least `needed` sats together.
pub(super) fn choose<'a>(
    coins: &[&'a Coin],
    needed: Amount,
    most: usize,
) -> Result<Vec<&'a Coin>, IntentError> {
    let mut available = Amount::ZERO;
    if let Some(coin) = coins.iter().rfind(|coin| coin.value >= needed) {
        return Ok(vec![coin]);
    }
    for (index, coin) in coins.iter().take(most).enumerate() {
        available = sum([available, coin.value])?;
        if available >= needed {
            return Ok(coins[..=index].to_vec());
        }
    }
    Err(IntentError::Insufficient { available, needed })
}
