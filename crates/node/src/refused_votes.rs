//! Votes that the mempool refused and that are half of an evidence: signed by a provider, for a block that is not of
//! this chain. Whoever looks for evidence reads them here; they are in memory only, and few.

use std::collections::VecDeque;

use ballast_system::finality::Vote;

/// The most votes that are kept.
const KEPT: usize = 1_024;

/// The most of one provider, the newest ones. Two are an evidence; one who signs more cannot push out others'.
const PER_PROVIDER: usize = 16;

/// Refused votes, the oldest first, numbered from 0 at each start of the node.
#[derive(Debug, Default)]
pub(crate) struct RefusedVotes {
    /// The number of the next one.
    next: u64,
    votes: VecDeque<(u64, Vote)>,
}

impl RefusedVotes {
    /// Whether this vote is new.
    pub(crate) fn wants(&self, vote: &Vote) -> bool {
        let fact = |vote: &Vote| (vote.provider, vote.height, vote.block_hash, vote.randomness);
        self.votes.iter().all(|(_, other)| fact(other) != fact(vote))
    }

    /// Keeps a vote, and forgets the oldest one of its provider, or of all, if there are too many.
    pub(crate) fn push(&mut self, vote: Vote) {
        let same = self.votes.iter().enumerate().filter(|(_, (_, other))| other.provider == vote.provider);
        let places: Vec<_> = same.map(|(place, _)| place).collect();
        if places.len() >= PER_PROVIDER {
            self.votes.remove(places[0]);
        } else if self.votes.len() >= KEPT {
            self.votes.pop_front();
        }
        self.votes.push_back((self.next, vote));
        self.next += 1;
    }

    /// The votes from `number` on, at most `most`, and the number to go on with. That is below `number` if there were
    /// never so many: the node was started anew.
    pub(crate) fn from(&self, number: u64, most: usize) -> (u64, Vec<Vote>) {
        let mut left = self.votes.iter().skip_while(|(other, _)| *other < number);
        let votes: Vec<Vote> = left.by_ref().take(most).map(|(_, vote)| vote.clone()).collect();
        (left.next().map_or(self.next, |(next, _)| *next), votes)
    }
}

#[cfg(test)]
mod tests;
