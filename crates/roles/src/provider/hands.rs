//! The provider's hands: a Ballast node and the sign store.

use std::sync::Mutex;

use alloy_primitives::Bytes;
use alloy_sol_types::SolInterface;
use ballast_types::interfaces::IFinality::{self, IFinalityErrors};

use super::{
    Action, Ballot, Event, Halt, Last, Provider, Refusal, SignStore, SignedVote, StoreError,
    randomness::{self, RandomnessError, Trees},
};
use crate::{
    chain::{Chain, ChainError, waits_already},
    finality,
    runner::Hands,
};

/// A node, and the one thing that signs.
pub struct ProviderHands<C> {
    /// The Ballast node.
    pub chain: C,
    store: SignStore,
    trees: Trees,
    on_halt: Mutex<Option<OnHalt>>,
}

/// Hears once why the provider ended.
type OnHalt = Box<dyn FnOnce(Halt) + Send>;

/// What kept an action from being done.
enum Failure {
    Chain(ChainError),
    Store(StoreError),
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        Self::Chain(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<C: Chain> Hands<Provider> for ProviderHands<C> {
    fn perform(&self, action: Action) -> Option<Event> {
        let done = match action {
            Action::ReadHead => self.chain.block_number().map(Event::Head).map_err(Into::into),
            Action::ReadAffairs => self.read_affairs(),
            Action::ReadProgress => self.read_progress(),
            Action::Survey(heights) => self.survey(&heights),
            Action::Sign(blocks) => self.store.sign_all(&blocks).map(Event::Signed).map_err(Into::into),
            Action::Send { votes, finalized } => self.send(&votes, finalized),
            Action::Commit { start, count } => self.commit(start, count),
            Action::Warn(warning) => {
                tracing::warn!(role = "provider", "{warning}");
                return None;
            }
            Action::Halt(reason) => {
                tracing::error!(role = "provider", "{reason}");
                self.end(reason);
                return None;
            }
        };
        Some(done.unwrap_or_else(|failure| match failure {
            Failure::Chain(error) => Event::Failed(error.to_string()),
            Failure::Store(error) => Event::Store(error),
        }))
    }
}

impl<C: Chain> ProviderHands<C> {
    /// Hands that vote on `chain` by `store`; `on_halt` hears why they end, if they do.
    pub fn new(chain: C, store: SignStore, on_halt: impl FnOnce(Halt) + Send + 'static) -> Self {
        Self { chain, store, trees: Trees::default(), on_halt: Mutex::new(Some(Box::new(on_halt))) }
    }

    fn read_affairs(&self) -> Result<Event, Failure> {
        Ok(Event::Affairs(finality::affairs(&self.chain, self.store.provider())?))
    }

    fn read_progress(&self) -> Result<Event, Failure> {
        let chain = finality::progress(&self.chain, self.store.provider())?;
        Ok(Event::Progress { chain, own: self.store.highest()? })
    }

    fn survey(&self, heights: &[u64]) -> Result<Event, Failure> {
        let mut last = None;
        if let Some((height, signed)) = self.store.last()? {
            last = Some(Last { height, signed, found: self.chain.block_hash(height)? });
        }
        let mut ballots = Vec::with_capacity(heights.len());
        for height in heights {
            ballots.push(Ballot {
                height: *height,
                hash: self.chain.block_hash(*height)?,
                recorded: self.store.recorded(*height)?,
                seat: finality::seat(&self.chain, self.store.provider(), *height)?,
            });
        }
        Ok(Event::Surveyed { last, ballots })
    }

    fn send(&self, votes: &[SignedVote], finalized: u64) -> Result<Event, Failure> {
        let mut refused = Vec::new();
        for vote in votes {
            let (key, chain_id) = (self.store.key(), self.store.chain_id());
            let proven = match self.trees.prove(&self.chain, key, chain_id, vote) {
                Err(RandomnessError::Chain(error)) => return Err(error.into()),
                Err(error) => Err(Refusal::Rule(error.to_string())),
                Ok(call) => taken(finality::vote(&self.chain, &call, vote.height <= finalized))?,
            };
            match proven {
                Ok(()) => {
                    tracing::debug!(role = "provider", height = vote.height, hash = %vote.hash, "voted")
                }
                Err(refusal) => refused.push((vote.height, refusal)),
            }
        }
        Ok(Event::Sent(refused))
    }

    fn commit(&self, start: u64, count: u64) -> Result<Event, Failure> {
        let promise = match randomness::promise(self.store.key(), self.store.chain_id(), start, count) {
            Ok(promise) => promise,
            Err(error) => return Ok(Event::CommitmentRefused(error.to_string())),
        };
        Ok(match taken(finality::commit_randomness(&self.chain, &promise))? {
            Ok(()) => {
                tracing::info!(role = "provider", start, count, "randomness promised");
                Event::Committed
            }
            Err(Refusal::Rule(reason)) => Event::CommitmentRefused(reason),
            Err(Refusal::Outrun) => Event::Committed,
        })
    }

    fn end(&self, reason: Halt) {
        let on_halt = self.on_halt.lock().expect("nobody panics while holding it").take();
        if let Some(on_halt) = on_halt {
            on_halt(reason);
        }
    }
}

/// Tells a refusal from a node that gives no answer.
fn taken<T>(answer: Result<T, ChainError>) -> Result<Result<(), Refusal>, ChainError> {
    match answer {
        Ok(_) => Ok(Ok(())),
        Err(ChainError::Refused { code, message, data, .. }) => Ok(refused(&message, code, &data)),
        Err(error) => Err(error),
    }
}

/// Reads a refusal by the contract's own error where there is one.
fn refused(message: &str, code: i64, data: &Bytes) -> Result<(), Refusal> {
    if waits_already(message) {
        return Ok(());
    }
    Err(match IFinalityErrors::abi_decode_validate(data) {
        Ok(
            IFinalityErrors::HeightClosed(_) | IFinalityErrors::AlreadyVoted(IFinality::AlreadyVoted { .. }),
        ) => Refusal::Outrun,
        Ok(error) => Refusal::Rule(format!("{error:?}")),
        Err(_) => Refusal::Rule(format!("{message} (error {code})")),
    })
}
