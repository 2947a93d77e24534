//! Finality by bitcoin stake: whose votes count, what they make final, and what ends a voter.
//!
//! At the beginning of every block [`snapshot`](mod@snapshot) fixes whose stake counts at its height. Providers
//! vote for blocks by extractable one-time signatures ([`vote`]) under randomness that they promised before
//! ([`commitment`]). Whoever signs two blocks at one height loses its key ([`evidence`]), whoever is absent leaves
//! for a while ([`jail`]).
//!
//! A quorum is more than two thirds of one snapshot, and heights become final one after the other. So two
//! conflicting final blocks imply two quorums over one snapshot, at the first height where they differ; more
//! than a third of it is in both and has signed twice.
//!
//! Before the first snapshot with power every block is final as soon as it is ordered. That state never returns:
//! when all stake leaves later, nothing becomes final.
//!
//! Messages: `docs/spec/ballast-wire.md`; signatures: `docs/spec/bitcoin-formats.md` §b.

use alloy_primitives::B256;
use ballast_types::{genesis::GenesisProvider, parameters::FinalityParameters};
use bitcoin::XOnlyPublicKey;

use crate::{
    staking,
    storage::{Storage, StorageError},
};

pub mod commitment;
pub(crate) mod dispatch;
mod error;
pub mod evidence;
pub mod jail;
pub mod snapshot;
mod store;
pub mod vote;

pub use error::{CommitmentError, FinalityError, JailError};
pub use snapshot::snapshot;
pub use vote::Vote;

use store::{ACTIVATION, FINAL, JUDGED, RULES, Span};

/// Writes the rules and the genesis providers' first commitments, which count at once. Runs once, in block 1,
/// after staking's.
///
/// # Errors
/// The port refused.
pub fn initialise(
    storage: &mut dyn Storage,
    rules: &FinalityParameters,
    providers: &[GenesisProvider],
) -> Result<(), StorageError> {
    RULES.store(storage, rules)?;
    for provider in providers {
        let span = Span { start: provider.start, count: provider.count, usable_from: 0 };
        commitment::write(storage, provider.key, span, provider.root)?;
    }
    Ok(())
}

/// What the chain does before the first transaction of every block, after the parent's hash is in the history
/// contract and [`staking::begin_block`] has run. Bounded.
///
/// # Errors
/// The port refused.
pub fn begin_block(storage: &mut dyn Storage) -> Result<(), StorageError> {
    snapshot::take(storage)?;
    if is_active(storage)? {
        vote::advance(storage)?;
        jail::judge(storage)?;
        snapshot::prune(storage)?;
    }
    Ok(())
}

/// Whether a snapshot ever had power: from then on blocks are final by votes only.
///
/// # Errors
/// The port refused.
pub fn is_active(storage: &mut dyn Storage) -> Result<bool, StorageError> {
    Ok(ACTIVATION.load(storage)? != 0)
}

/// The last final height: every block before this one, or later the last voted-final height.
///
/// # Errors
/// The port refused.
pub fn finalized(storage: &mut dyn Storage) -> Result<u64, StorageError> {
    if !is_active(storage)? {
        return Ok(storage.block().number.saturating_sub(1));
    }
    Ok(FINAL.load(storage)?.height)
}

/// The last height that is judged, 0 before the first snapshot with power: votes up to there are credited in `rewards`.
pub(crate) fn judged(storage: &mut dyn Storage) -> Result<u64, StorageError> {
    JUDGED.load(storage)
}

/// Blocks that a vote may be behind and still counts for its provider.
pub(crate) fn grace_blocks(storage: &mut dyn Storage) -> Result<u64, StorageError> {
    Ok(RULES.load(storage)?.grace_blocks.into())
}

/// The key of a provider that exists and is not removed.
fn open_provider(storage: &mut dyn Storage, provider: B256) -> Result<XOnlyPublicKey, FinalityError> {
    let unknown = FinalityError::UnknownProvider { provider };
    let found = staking::provider::provider(storage, provider)?.ok_or(unknown.clone())?;
    if found.removed {
        return Err(FinalityError::Removed { provider });
    }
    XOnlyPublicKey::from_slice(provider.as_slice()).map_err(|_| unknown)
}

#[cfg(test)]
pub(crate) mod tests;
