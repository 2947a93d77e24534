//! Live intents spend different coins.

use std::collections::BTreeMap;

use bitcoin::{OutPoint, Txid};
use thiserror::Error;

use super::Intent;

/// Checks that no coin is spent by two of these intents. Rungs of one ladder, and an intent with its cancel,
/// share coins by design: give one of each.
///
/// # Errors
/// [`Overlap`] names the first coin that two of them spend.
pub fn disjoint<'a>(intents: impl IntoIterator<Item = &'a Intent>) -> Result<(), Overlap> {
    let mut spenders: BTreeMap<OutPoint, Txid> = BTreeMap::new();
    for intent in intents {
        let second = intent.txid();
        for coin in intent.inputs() {
            if let Some(first) = spenders.insert(coin.outpoint, second) {
                return Err(Overlap { outpoint: coin.outpoint, first, second });
            }
        }
    }
    Ok(())
}

/// Two intents spend one coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("intents {first} and {second} both spend {outpoint}: end one before the other begins")]
pub struct Overlap {
    /// The coin.
    pub outpoint: OutPoint,
    /// One intent's transaction.
    pub first: Txid,
    /// The other's.
    pub second: Txid,
}
