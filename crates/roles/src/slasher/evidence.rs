//! Evidence from votes: two blocks signed by one provider at one height.
//!
//! With one randomness the two give away the key (`proveDoubleSign`); with two they remove the provider for ever
//! (`proveTwoVotes`). Refused votes are verified here again and kept with the vote that counted, once it is found, until
//! the key is out: a provider that is removed for two votes is slashed for others all the same. Both kinds of memory
//! are bounded; what does not fit any more is in the node's list for whoever comes next.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{B64, B256};
use ballast_schnorr::{PublicRandomness, eots, message};
use ballast_types::interfaces::IFinality;
use bitcoin::XOnlyPublicKey;

use super::{Action, PATIENCE, Warning};
use crate::refused_votes::{RefusedPage, RefusedVote};

mod ballots;

use ballots::Ballots;
pub use ballots::{Kind, MAX_PER_HEIGHT, SignedVote};

/// The most (provider, height) pairs whose votes are kept.
pub const MAX_KEPT: usize = 1_024;

/// The most votes that are looked for in one tick.
pub const MAX_SEARCHES: usize = 8;

/// Why evidence is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EvidenceRefusal {
    /// It adds nothing: of two votes that the provider is removed, of a double sign that its key is known.
    Known,
    /// The same waits for a block, from us or from another.
    Waiting,
    /// Anything else.
    Other(String),
}

/// The votes that may be evidence.
#[derive(Debug)]
pub struct Evidence {
    chain_id: u64,
    /// The run of the node that counts the refused votes.
    run: Option<B64>,
    /// The number of the next refused vote.
    next: u64,
    ballots: BTreeMap<(B256, u64), Ballots>,
    /// The pair searched last: the next search goes on behind it.
    last: Option<(B256, u64)>,
    /// Ticks until evidence against a provider is sent again.
    sent: BTreeMap<(B256, Kind), u32>,
    /// Providers that are removed: two votes against them add nothing, a double sign still does.
    removed: BTreeSet<B256>,
}

impl Evidence {
    /// No evidence on the chain with this id.
    #[must_use]
    pub fn new(chain_id: u64) -> Self {
        Self {
            chain_id,
            run: None,
            next: 0,
            ballots: BTreeMap::new(),
            last: None,
            sent: BTreeMap::new(),
            removed: BTreeSet::new(),
        }
    }

    /// The number of the refused vote to go on with.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// How many (provider, height) pairs have votes here.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.ballots.len()
    }

    /// Lets a tick pass.
    pub(super) fn pass(&mut self) {
        self.sent.retain(|_, ticks| {
            *ticks -= 1;
            *ticks > 0
        });
    }

    /// Takes in refused votes; says what they prove and which other halves to look for.
    pub(super) fn take(&mut self, page: RefusedPage) -> Vec<Action> {
        // a node that was started anew counts anew
        let next: u64 = page.next.to();
        let is_anew = self.run.is_some_and(|run| run != page.run) || next < self.next;
        self.next = if is_anew { 0 } else { next };
        self.run = Some(page.run);
        for vote in page.votes.iter().filter(|vote| self.verifies(vote)).copied().collect::<Vec<_>>() {
            self.add(vote);
        }
        // all of them, since a mempool forgets
        let keys: Vec<_> = self.ballots.keys().copied().collect();
        let mut actions: Vec<_> = keys.into_iter().filter_map(|key| self.prove(key)).collect();
        actions.extend(self.search());
        actions
    }

    /// Takes in the vote that counted.
    pub(super) fn complete(&mut self, provider: B256, height: u64, vote: Option<SignedVote>) -> Vec<Action> {
        let key = (provider, height);
        let (Some(vote), Some(ballots)) = (vote, self.ballots.get_mut(&key)) else { return vec![] };
        ballots.count(vote);
        self.prove(key).into_iter().collect()
    }

    /// Takes in what became of evidence.
    pub(super) fn answered(
        &mut self,
        provider: B256,
        kind: Kind,
        refusal: Option<EvidenceRefusal>,
    ) -> Vec<Action> {
        match (refusal, kind) {
            (None | Some(EvidenceRefusal::Waiting), _) => vec![],
            (Some(EvidenceRefusal::Known), Kind::TwoVotes) => {
                self.removed.insert(provider);
                vec![]
            }
            (Some(EvidenceRefusal::Known), Kind::DoubleSign) => {
                self.forget(provider);
                vec![]
            }
            (Some(EvidenceRefusal::Other(reason)), _) => {
                vec![Action::Warn(Warning::NoEvidence { provider, reason })]
            }
        }
    }

    /// Forgets a provider whose key is out.
    pub(super) fn forget(&mut self, provider: B256) {
        self.ballots.retain(|(other, _), _| *other != provider);
        self.sent.retain(|(other, _), _| *other != provider);
        self.removed.remove(&provider);
    }

    fn add(&mut self, vote: RefusedVote) {
        let RefusedVote { provider, block_hash, randomness, signature, .. } = vote;
        let key = (provider, vote.height.to());
        if self.ballots.len() >= MAX_KEPT && !self.ballots.contains_key(&key) {
            self.make_room(provider);
        }
        self.ballots.entry(key).or_default().add(SignedVote { block_hash, randomness, signature });
    }

    /// Forgets a height of the provider that comes with a new one, so that many cannot push out others'.
    fn make_room(&mut self, provider: B256) {
        let own = self.ballots.range((provider, 0)..=(provider, u64::MAX)).next().map(|(key, _)| *key);
        match own {
            Some(key) => self.ballots.remove(&key),
            None => self.ballots.pop_first().map(|(_, ballots)| ballots),
        };
    }

    /// What the votes of a provider at a height prove, unless that is known or was sent.
    fn prove(&mut self, key: (B256, u64)) -> Option<Action> {
        let (provider, height) = key;
        let (kind, [first, second]) = self.ballots.get(&key)?.evidence()?;
        let is_sent = |kind| self.sent.contains_key(&(provider, kind));
        let is_enough = match kind {
            Kind::DoubleSign => is_sent(kind),
            Kind::TwoVotes => self.removed.contains(&provider) || is_sent(kind) || is_sent(Kind::DoubleSign),
        };
        if is_enough {
            return None;
        }
        self.sent.insert((provider, kind), PATIENCE);
        let votes = Box::new(IFinality::DoubleVote {
            provider,
            height,
            firstHash: first.block_hash,
            firstRandomness: first.randomness,
            firstSignature: first.signature,
            secondHash: second.block_hash,
            secondRandomness: second.randomness,
            secondSignature: second.signature,
        });
        Some(match kind {
            Kind::DoubleSign => Action::ProveDoubleSign(votes),
            Kind::TwoVotes => Action::ProveTwoVotes(votes),
        })
    }

    /// The votes that counted, to be looked for.
    fn search(&mut self) -> Vec<Action> {
        let is_open = |((provider, _), ballots): &(&(B256, u64), &Ballots)| {
            !ballots.is_counted() && !self.sent.contains_key(&(*provider, Kind::DoubleSign))
        };
        let mut keys: Vec<_> = self.ballots.iter().filter(is_open).map(|(key, _)| *key).collect();
        let first = self.last.map_or(0, |last| keys.partition_point(|key| *key <= last));
        keys.rotate_left(first);
        keys.truncate(MAX_SEARCHES);
        self.last = keys.last().copied().or(self.last);
        keys.into_iter().map(|(provider, height)| Action::FindVote { provider, height }).collect()
    }

    fn verifies(&self, vote: &RefusedVote) -> bool {
        let Ok(key) = XOnlyPublicKey::from_slice(vote.provider.as_slice()) else { return false };
        let Ok(signature) = eots::Signature::from_bytes(vote.signature.0) else { return false };
        let message = message::vote(self.chain_id, vote.height.to(), &vote.block_hash);
        eots::verify(&key, &PublicRandomness(vote.randomness.0), &message, &signature).is_ok()
    }
}
