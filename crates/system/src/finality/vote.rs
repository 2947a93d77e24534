//! Votes, and the height up to which they make the chain final.
//!
//! A vote names a height, the hash of its block, and the randomness that its provider promised for the height. It
//! counts if the hash is the one of this chain: a vote for another block is no vote but half of an evidence.
//! Height h is voted-final when its votes are more than two thirds of its snapshot's total, and every height
//! before it is. While the light client is stale no height becomes final, or stake that has long left could keep
//! voting; votes are taken all the same, and count when headers arrive.
//!
//! A vote is late when its height was final before this block began. Until there are checkpoints late votes are
//! taken for `late_blocks` blocks, so that a slow provider is not taken for an absent one.

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolEvent;
use ballast_schnorr::{PublicRandomness, eots, message};
use ballast_types::{Duty, interfaces::IFinality};

use super::{
    FinalityError, commitment, dispatch, open_provider,
    store::{
        ACTIVATION, CONTRACT, FINAL, Final, HASH, HIGHEST, PRUNED, RULES, SEAT, TALLY, TOTAL, Tally, VOTERS,
    },
};
use crate::{
    light_client,
    staking::SIGNATURE_GAS,
    storage::{Storage, StorageError},
};

/// The most heights that become final at once.
pub const MAX_ADVANCE: usize = 64;

/// A vote as a duty carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// The provider's key.
    pub provider: B256,
    /// The height.
    pub height: u64,
    /// The hash of the block at this height.
    pub block_hash: B256,
    /// The public randomness r.
    pub randomness: B256,
    /// The signature scalar s.
    pub signature: B256,
    /// The index of the commitment that covers the height.
    pub commitment: u64,
    /// The path from r to the commitment's root.
    pub path: Vec<B256>,
}

impl Vote {
    /// The vote that a duty carries, if it carries one; nothing about it is checked.
    #[must_use]
    pub fn of(duty: &Duty) -> Option<Self> {
        (duty.to == CONTRACT).then(|| dispatch::ballot(&duty.input)).flatten()
    }
}

/// Counts a vote.
///
/// # Errors
/// [`FinalityError`] with the first rule that is broken.
pub fn vote(storage: &mut dyn Storage, vote: &Vote, late: bool) -> Result<(), FinalityError> {
    let Vote { provider, height, .. } = *vote;
    check_open(storage, height, late)?;
    let expected = HASH.at(&height).load(storage)?;
    if vote.block_hash != expected {
        return Err(FinalityError::WrongBlock { expected, found: vote.block_hash });
    }
    let key = open_provider(storage, provider)?;
    let tally = TALLY.at(&height).load(storage)?;
    let seat = SEAT.at(&tally.set).at(&provider).load(storage)?;
    let Some(place) = seat.place.checked_sub(1) else {
        return Err(FinalityError::NotInSnapshot { provider, height });
    };
    let voters = VOTERS.at(&height).load(storage)?;
    if voters.bit(place as usize) {
        return Err(FinalityError::AlreadyVoted { provider, height });
    }
    let randomness = PublicRandomness(vote.randomness.0);
    commitment::check_randomness(storage, provider, vote.commitment, height, (randomness, &vote.path))?;
    verify(storage, &key, height, vote.block_hash, (vote.randomness, vote.signature))
        .map_err(|error| error.unwrap_or(FinalityError::Vote { provider, height }))?;
    VOTERS.at(&height).store(storage, &(voters | U256::ONE << place))?;
    TALLY.at(&height).store(storage, &Tally { voted: tally.voted + seat.power, ..tally })?;
    if HIGHEST.at(&provider).load(storage)? < height {
        HIGHEST.at(&provider).store(storage, &height)?;
    }
    log(storage, vote)
}

fn log(storage: &mut dyn Storage, vote: &Vote) -> Result<(), FinalityError> {
    let event = IFinality::Voted {
        provider: vote.provider,
        height: vote.height,
        blockHash: vote.block_hash,
        randomness: vote.randomness,
        signature: vote.signature,
    };
    storage.emit(CONTRACT, event.encode_log_data())?;
    if let Some(height) = advance(storage)? {
        storage.emit(CONTRACT, IFinality::Finalized { height }.encode_log_data())?;
    }
    Ok(())
}

fn check_open(storage: &mut dyn Storage, height: u64, late: bool) -> Result<(), FinalityError> {
    let number = storage.block().number;
    let activation = ACTIVATION.load(storage)?;
    let Final { height: last_final, before } = FINAL.load(storage)?;
    let (first, last) = if late {
        let oldest = number.saturating_sub(RULES.load(storage)?.late_blocks.into());
        (oldest.max(activation).max(PRUNED.load(storage)? + 1), last_final)
    } else {
        (before + 1, number.saturating_sub(1))
    };
    if activation == 0 || height < first || height > last {
        return Err(FinalityError::HeightClosed { first, last, found: height });
    }
    Ok(())
}

/// Checks one vote's signature; `None` when it does not verify.
pub(super) fn verify(
    storage: &mut dyn Storage,
    key: &bitcoin::XOnlyPublicKey,
    height: u64,
    block_hash: B256,
    (randomness, signature): (B256, B256),
) -> Result<(), Option<FinalityError>> {
    storage.charge(SIGNATURE_GAS).map_err(|error| Some(error.into()))?;
    let signature = eots::Signature::from_bytes(signature.0).map_err(|_| None)?;
    let message = message::vote(storage.block().chain_id, height, &block_hash);
    eots::verify(key, &PublicRandomness(randomness.0), &message, &signature).map_err(|_| None)
}

/// Whether `votes` are more than two thirds of `total`.
#[must_use]
pub fn is_quorum(votes: u64, total: u64) -> bool {
    u128::from(votes) * 3 > u128::from(total) * 2
}

/// Makes final what has the votes, contiguously; the new height, if there is one.
pub(super) fn advance(storage: &mut dyn Storage) -> Result<Option<u64>, StorageError> {
    if ACTIVATION.load(storage)? == 0 || light_client::is_stale(storage)? {
        return Ok(None);
    }
    let known = FINAL.load(storage)?;
    let mut height = known.height;
    for _ in 0..MAX_ADVANCE {
        let tally = TALLY.at(&(height + 1)).load(storage)?;
        if !is_quorum(tally.voted, TOTAL.at(&tally.set).load(storage)?) {
            break;
        }
        height += 1;
    }
    if height == known.height {
        return Ok(None);
    }
    FINAL.store(storage, &Final { height, ..known })?;
    Ok(Some(height))
}
