//! The votes of one provider at one height, and what they prove.

use alloy_primitives::B256;

/// The most refused votes of a provider at a height that are kept: as many as a node keeps of it.
pub const MAX_PER_HEIGHT: usize = 16;

/// A signed vote of a provider at a height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedVote {
    /// The hash signed.
    pub block_hash: B256,
    /// The public randomness.
    pub randomness: B256,
    /// The signature scalar.
    pub signature: B256,
}

/// What two votes prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// With one randomness: the key.
    DoubleSign,
    /// With two: that the provider breaks the rules.
    TwoVotes,
}

/// The votes of one provider at one height.
#[derive(Debug, Default)]
pub(super) struct Ballots {
    counted: Option<SignedVote>,
    /// The oldest first, no two with the same hash and randomness.
    refused: Vec<SignedVote>,
}

impl Ballots {
    /// Whether the vote that counted is known.
    pub(super) fn is_counted(&self) -> bool {
        self.counted.is_some()
    }

    /// Takes in the vote that counted.
    pub(super) fn count(&mut self, vote: SignedVote) {
        self.counted = Some(vote);
    }

    /// Takes in a refused vote. If there are too many, the oldest one goes that gives away no key.
    pub(super) fn add(&mut self, vote: SignedVote) {
        let is_same =
            |other: &SignedVote| (other.block_hash, other.randomness) == (vote.block_hash, vote.randomness);
        if self.votes().any(is_same) {
            return;
        }
        if self.refused.len() >= MAX_PER_HEIGHT {
            let oldest = self.refused.iter().position(|other| !self.gives_key(other));
            self.refused.remove(oldest.unwrap_or_default());
        }
        self.refused.push(vote);
    }

    fn votes(&self) -> impl Iterator<Item = &SignedVote> {
        self.counted.iter().chain(&self.refused)
    }

    /// Whether a vote gives away the key together with another one.
    fn gives_key(&self, vote: &SignedVote) -> bool {
        self.votes().any(|other| proven(vote, other) == Some(Kind::DoubleSign))
    }

    /// Two votes for two blocks; such that give away the key before such that do not.
    pub(super) fn evidence(&self) -> Option<(Kind, [SignedVote; 2])> {
        let pairs = self
            .votes()
            .enumerate()
            .flat_map(|(place, first)| self.votes().skip(place + 1).map(move |second| (first, second)));
        let proofs = pairs.filter_map(|(first, second)| Some((proven(first, second)?, [*first, *second])));
        proofs.min_by_key(|(kind, _)| *kind)
    }
}

/// What two votes at one height prove; nothing if they are for one block.
fn proven(first: &SignedVote, second: &SignedVote) -> Option<Kind> {
    let is_same = first.randomness == second.randomness;
    let kind = if is_same { Kind::DoubleSign } else { Kind::TwoVotes };
    (first.block_hash != second.block_hash).then_some(kind)
}
