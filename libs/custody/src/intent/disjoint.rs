//! Live intents spend different coins.

use std::collections::BTreeMap;

use bitcoin::{OutPoint, Txid};
use thiserror::Error;

use super::{Intent, StakingIntent};
use crate::coin::Coin;

/// A live intent of either type.
#[derive(Clone, Copy, Debug)]
pub enum Spending<'a> {
    /// A payout, a sweep or a cancel.
    Intent(&'a Intent),
    /// A stake.
    Staking(&'a StakingIntent),
}

impl<'a> Spending<'a> {
    fn txid(self) -> Txid {
        match self {
            Self::Intent(intent) => intent.txid(),
            Self::Staking(intent) => intent.txid(),
        }
    }

    fn inputs(self) -> &'a [Coin] {
        match self {
            Self::Intent(intent) => intent.inputs(),
            Self::Staking(intent) => intent.inputs(),
        }
    }
}

impl<'a> From<&'a Intent> for Spending<'a> {
    fn from(intent: &'a Intent) -> Self {
        Self::Intent(intent)
    }
}

impl<'a> From<&'a StakingIntent> for Spending<'a> {
    fn from(intent: &'a StakingIntent) -> Self {
        Self::Staking(intent)
    }
}

/// Checks that no coin is spent by two of these intents. Rungs of one ladder, and an intent with its cancel,
/// share coins by design: give one of each.
///
/// # Errors
/// [`Overlap`] names the first coin that two of them spend.
pub fn disjoint<'a, S: Into<Spending<'a>>>(intents: impl IntoIterator<Item = S>) -> Result<(), Overlap> {
    let mut spenders: BTreeMap<OutPoint, Txid> = BTreeMap::new();
    for intent in intents {
        let intent = intent.into();
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
