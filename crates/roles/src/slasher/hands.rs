//! The slasher's hands: a Ballast node, a bitcoind, and a height on disk.

use alloy_primitives::{B256, U256};
use alloy_sol_types::{SolCall, SolInterface};
use ballast_bitcoin_io::{Bitcoin, BitcoinError};
use ballast_types::{
    SystemContract,
    interfaces::IFinality::{self, IFinalityErrors},
};
use bitcoin::{OutPoint, Transaction};

use super::{
    Action, Event, Outputs, Places, Slasher,
    evidence::{EvidenceRefusal, Kind, SignedVote},
};
use crate::{
    chain::{ChainError, find_events, send_duty, waits_already},
    cursor::Cursor,
    refused_votes::RefusedVotes,
    runner::Hands,
    staking::watch::{self, WatchError},
};

/// Blocks after a height in which the vote that counted is looked for: more than late votes are taken for.
const VOTE_BLOCKS: u64 = 1_000;

/// What the slasher works with.
#[derive(Debug)]
pub struct SlasherHands<C, B, D> {
    /// The Ballast node.
    pub chain: C,
    /// The Bitcoin node.
    pub bitcoin: B,
    /// The height up to which Bitcoin is read.
    pub cursor: D,
}

impl<C: RefusedVotes, B: Bitcoin, D: Cursor> Hands<Slasher> for SlasherHands<C, B, D> {
    fn perform(&self, action: Action) -> Option<Event> {
        self.try_perform(action).unwrap_or_else(|failure| Some(Event::Failed(failure.to_string())))
    }
}

impl<C: RefusedVotes, B: Bitcoin, D: Cursor> SlasherHands<C, B, D> {
    fn try_perform(&self, action: Action) -> Result<Option<Event>, WatchError> {
        Ok(match action {
            Action::Look(look) => Some(Event::Seen(watch::look(&self.chain, &self.bitcoin, &look)?)),
            Action::ReadRefused { from } => Some(Event::Refused(self.chain.refused_votes(from)?)),
            Action::FindVote { provider, height } => {
                let vote = self.find_vote(provider, height)?;
                Some(Event::Voted { provider, height, vote })
            }
            Action::ProveDoubleSign(votes) => {
                let subject = (votes.provider, Kind::DoubleSign);
                Some(self.prove(subject, &IFinality::proveDoubleSignCall { votes: *votes })?)
            }
            Action::ProveTwoVotes(votes) => {
                let subject = (votes.provider, Kind::TwoVotes);
                Some(self.prove(subject, &IFinality::proveTwoVotesCall { votes: *votes })?)
            }
            Action::Reveal { secret } => self.reveal(secret)?,
            Action::LookUp { stake, places } => {
                Some(Event::LookedUp { stake, outputs: self.look_up(&places)? })
            }
            Action::Submit { stake, transaction } => self.submit(stake, &transaction)?,
            Action::Save(height) => {
                self.cursor.save(height.into())?;
                None
            }
            Action::Warn(warning) => {
                tracing::warn!(role = "slasher", "{warning}");
                None
            }
        })
    }

    fn find_vote(&self, provider: B256, height: u64) -> Result<Option<SignedVote>, WatchError> {
        let last = self.chain.block_number()?.min(height.saturating_add(VOTE_BLOCKS));
        if height > last {
            return Ok(None);
        }
        let indexed = [Some(provider), Some(U256::from(height).into())];
        let votes =
            find_events::<IFinality::Voted>(&self.chain, height..=last, SystemContract::Finality, &indexed)?;
        Ok(votes.into_iter().next().map(|(_, vote)| SignedVote {
            block_hash: vote.blockHash,
            randomness: vote.randomness,
            signature: vote.signature,
        }))
    }

    fn prove<K: SolCall>(&self, (provider, kind): (B256, Kind), call: &K) -> Result<Event, WatchError> {
        let refusal = match send_duty(&self.chain, SystemContract::Finality, call) {
            Ok(hash) => {
                tracing::info!(role = "slasher", %provider, %hash, "evidence sent");
                None
            }
            Err(ChainError::Refused { message, data, .. }) => Some(refusal(&message, &data)),
            Err(error) => return Err(error.into()),
        };
        Ok(Event::Proven { provider, kind, refusal })
    }

    /// What becomes of it is in the log; a key that is known there is refused.
    fn reveal(&self, secret: B256) -> Result<Option<Event>, WatchError> {
        match send_duty(&self.chain, SystemContract::Finality, &IFinality::revealKeyCall { secret }) {
            Ok(hash) => tracing::info!(role = "slasher", %hash, "leaked key sent"),
            Err(ChainError::Refused { message, data, .. }) => {
                if let EvidenceRefusal::Other(reason) = refusal(&message, &data) {
                    tracing::warn!(
                        role = "slasher",
                        "a leaked key is refused, it will be sent again: {reason}"
                    );
                }
            }
            Err(error) => return Err(error.into()),
        }
        Ok(None)
    }

    fn look_up(&self, places: &Places) -> Result<Outputs, WatchError> {
        let confirmations = |outpoint: &OutPoint| {
            self.bitcoin.output(outpoint).map(|output| output.map(|output| output.confirmations))
        };
        Ok(Outputs {
            stake: confirmations(&places.stake)?,
            unbonding: confirmations(&places.unbonding)?,
            changes: [confirmations(&places.changes[0])?, confirmations(&places.changes[1])?],
        })
    }

    fn submit(&self, stake: B256, transaction: &Transaction) -> Result<Option<Event>, WatchError> {
        match self.bitcoin.submit(transaction) {
            Ok(_) => {
                tracing::info!(role = "slasher", %stake, txid = %transaction.compute_txid(), "slashing broadcast");
                Ok(None)
            }
            Err(BitcoinError::Refused { reason, .. }) => Ok(Some(Event::NotSubmitted { stake, reason })),
            Err(error) => Err(error.into()),
        }
    }
}

/// Reads a refusal by the contract's own error where there is one.
fn refusal(message: &str, data: &[u8]) -> EvidenceRefusal {
    match IFinalityErrors::abi_decode_validate(data) {
        Ok(IFinalityErrors::ProviderRemoved(_)) => EvidenceRefusal::Known,
        Ok(error) => EvidenceRefusal::Other(format!("{error:?}")),
        Err(_) if waits_already(message) => EvidenceRefusal::Waiting,
        Err(_) => EvidenceRefusal::Other(message.to_owned()),
    }
}
