//! What the slasher hears and says.

use alloy_primitives::B256;
use ballast_types::interfaces::IFinality;
use bitcoin::Transaction;
use thiserror::Error;

use super::{
    Outputs, Places,
    evidence::{EvidenceRefusal, Kind, SignedVote},
};
use crate::{
    refused_votes::RefusedPage,
    staking::{Look, Seen},
};

/// What happens to the slasher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Time to look.
    Tick,
    /// What was looked for.
    Seen(Seen),
    /// Votes that the node refused.
    Refused(RefusedPage),
    /// The vote of a provider that counted at a height, if there is one.
    Voted {
        /// The provider.
        provider: B256,
        /// The height.
        height: u64,
        /// The vote.
        vote: Option<SignedVote>,
    },
    /// The mempool took evidence, or refused it.
    Proven {
        /// The provider.
        provider: B256,
        /// What it proves.
        kind: Kind,
        /// Why it was refused.
        refusal: Option<EvidenceRefusal>,
    },
    /// What of a stake is unspent on Bitcoin.
    LookedUp {
        /// The stake.
        stake: B256,
        /// Its outputs.
        outputs: Outputs,
    },
    /// Bitcoind refused a slashing transaction.
    NotSubmitted {
        /// The stake.
        stake: B256,
        /// The reason given.
        reason: String,
    },
    /// A node gave no answer, or the height could not be saved.
    Failed(String),
}

/// What the slasher wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Read.
    Look(Look),
    /// Read the votes that the node refused.
    ReadRefused {
        /// The number of the first one.
        from: u64,
    },
    /// Find the vote that counted.
    FindVote {
        /// The provider.
        provider: B256,
        /// The height.
        height: u64,
    },
    /// Prove two votes that give away the key.
    ProveDoubleSign(Box<IFinality::DoubleVote>),
    /// Prove two votes that do not.
    ProveTwoVotes(Box<IFinality::DoubleVote>),
    /// Give a key to the chain.
    Reveal {
        /// The secret key.
        secret: B256,
    },
    /// Look a stake up on Bitcoin.
    LookUp {
        /// The stake.
        stake: B256,
        /// The outputs to look up.
        places: Places,
    },
    /// Hand a slashing transaction to bitcoind.
    Submit {
        /// The stake.
        stake: B256,
        /// The complete transaction.
        transaction: Transaction,
    },
    /// Keep the height up to which Bitcoin is read.
    Save(u32),
    /// Tell the operator.
    Warn(Warning),
}

/// What an operator should know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Warning {
    /// The log has another key.
    #[error("the log exposes a key that is not provider {provider}'s: nothing can be slashed with it")]
    NotItsKey {
        /// The provider.
        provider: B256,
    },
    /// A stake that cannot be slashed.
    #[error("stake {stake} cannot be slashed: {reason}")]
    Unusable {
        /// The stake.
        stake: B256,
        /// What is missing.
        reason: String,
    },
    /// A slashing transaction that bitcoind does not take.
    #[error("the slashing transaction of stake {stake} is refused, it will be tried again: {reason}")]
    NotSubmitted {
        /// The stake.
        stake: B256,
        /// Bitcoind's reason.
        reason: String,
    },
    /// Evidence that the chain does not take.
    #[error("evidence against provider {provider} is refused: {reason}")]
    NoEvidence {
        /// The provider.
        provider: B256,
        /// The reason given.
        reason: String,
    },
    /// No answer.
    #[error("next try in {pause} ticks: {reason}")]
    Failed {
        /// What went wrong.
        reason: String,
        /// Ticks until the next try.
        pause: u32,
    },
}
