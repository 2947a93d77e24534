//! The terms of one stake: who can open it, and after how many blocks.
//!
//! Staker, providers and covenant never share a key: one holder in two groups would need fewer
//! consents than the scripts seem to ask for. Terms fix every script and every output of a stake's
//! life (`docs/spec/bitcoin-formats.md` §a.1, §a.2).

use std::num::NonZeroU16;

use bitcoin::{Sequence, XOnlyPublicKey};
use thiserror::Error;

use crate::covenant::{Committee, Covenant};
use crate::tree::{SlashingChange, StakingOutput, UnbondingOutput};

#[cfg(test)]
mod tests;

/// A relative timelock in Bitcoin blocks, 1 to 65,535 (BIP-68, BIP-112).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timelock(NonZeroU16);

impl Timelock {
    /// A timelock of `blocks` blocks.
    ///
    /// # Errors
    /// When `blocks` is 0, which the script could not end with, or above 65,535, which BIP-68 cannot encode.
    pub fn from_blocks(blocks: u32) -> Result<Self, TermsError> {
        u16::try_from(blocks)
            .ok()
            .and_then(NonZeroU16::new)
            .map(Self)
            .ok_or(TermsError::Timelock { found: blocks })
    }

    /// The number of blocks.
    pub fn blocks(self) -> u32 {
        u32::from(self.0.get())
    }

    /// The input sequence that claims this age.
    pub fn to_sequence(self) -> Sequence {
        Sequence::from_height(self.0.get())
    }
}

/// Parties and times of one stake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    staker: XOnlyPublicKey,
    providers: Vec<XOnlyPublicKey>,
    covenant: Covenant,
    staking_time: Timelock,
    unbonding_time: Timelock,
}

impl Terms {
    /// Scripts support several providers; a delegation takes one ([`crate::delegation`]).
    /// Providers are sorted; any order is accepted.
    ///
    /// # Errors
    /// When there is no provider, or a key occurs twice among staker, providers and covenant.
    pub fn new(
        staker: XOnlyPublicKey,
        providers: impl IntoIterator<Item = XOnlyPublicKey>,
        covenant: impl Into<Covenant>,
        staking_time: Timelock,
        unbonding_time: Timelock,
    ) -> Result<Self, TermsError> {
        let covenant = covenant.into();
        let mut providers: Vec<_> = providers.into_iter().collect();
        providers.sort_by_key(XOnlyPublicKey::serialize);
        if providers.is_empty() {
            return Err(TermsError::NoProvider);
        }
        refuse_shared_keys(staker, &providers, &covenant)?;
        Ok(Self { staker, providers, covenant, staking_time, unbonding_time })
    }

    /// The staker's key.
    pub fn staker(&self) -> XOnlyPublicKey {
        self.staker
    }

    /// The providers' keys, ascending.
    pub fn providers(&self) -> &[XOnlyPublicKey] {
        &self.providers
    }

    /// The covenant.
    pub fn covenant(&self) -> &Covenant {
        &self.covenant
    }

    /// How long the stake is locked from its confirmation on.
    pub fn staking_time(&self) -> Timelock {
        self.staking_time
    }

    /// How long an unbonded stake, and what slashing leaves of one, stays locked.
    pub fn unbonding_time(&self) -> Timelock {
        self.unbonding_time
    }

    /// The output that locks the stake.
    pub fn staking_output(&self) -> StakingOutput {
        StakingOutput::new(self)
    }

    /// The output of the unbonding transaction.
    pub fn unbonding_output(&self) -> UnbondingOutput {
        UnbondingOutput::new(self)
    }

    /// The output that returns to the staker what slashing leaves.
    pub fn slashing_change(&self) -> SlashingChange {
        SlashingChange::new(self)
    }
}

fn refuse_shared_keys(
    staker: XOnlyPublicKey,
    providers: &[XOnlyPublicKey],
    covenant: &Covenant,
) -> Result<(), TermsError> {
    let members = covenant.committee().map_or(&[][..], Committee::keys);
    let mut keys: Vec<_> = [&[staker], providers, members].concat();
    keys.sort_by_key(XOnlyPublicKey::serialize);
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(TermsError::DuplicateKey { key: pair[0] }),
        None => Ok(()),
    }
}

/// Why parties and times make no stake.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TermsError {
    /// A key plays two parts.
    #[error("key {key} occurs twice among staker, providers and covenant: use distinct keys")]
    DuplicateKey {
        /// The repeated key.
        key: XOnlyPublicKey,
    },
    /// Nobody to stake with.
    #[error("no provider: name at least one provider key")]
    NoProvider,
    /// Not a block count that BIP-68 can encode.
    #[error("timelock of {found} blocks: choose from 1 to 65535")]
    Timelock {
        /// Blocks asked for.
        found: u32,
    },
}
