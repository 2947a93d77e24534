//! Says "now" where something is due that follows from state alone ([`Now`]); somebody has to carry the duty. Each tick
//! looks whether it would go through after the latest block, and sends it once a block.

use alloy_primitives::Bytes;
use alloy_sol_types::SolCall;
use ballast_types::{
    Duty, SystemContract,
    interfaces::{ICustody, IPool, IRewards, IStkBtc},
};
use thiserror::Error;

use crate::{
    back_off::BackOff,
    chain::{At, Chain, ChainError, waits_already},
    runner::{Hands, Role},
};

/// A duty without arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Now {
    /// An intent of custody's, the next rung of one, a key ceremony that begins again.
    Custody,
    /// The settlement of an epoch's rewards.
    Rewards,
    /// The completion of redemptions.
    Redemptions,
    /// What the pool takes out of the queue and sends into it.
    Pool,
}

impl Now {
    fn contract(self) -> SystemContract {
        match self {
            Self::Custody => SystemContract::Custody,
            Self::Rewards => SystemContract::Rewards,
            Self::Redemptions => SystemContract::StkBtc,
            Self::Pool => SystemContract::Pool,
        }
    }

    fn input(self) -> Bytes {
        let selector = match self {
            Self::Custody => ICustody::advanceCall::SELECTOR,
            Self::Rewards => IRewards::settleCall::SELECTOR,
            Self::Redemptions => IStkBtc::advanceCall::SELECTOR,
            Self::Pool => IPool::advanceCall::SELECTOR,
        };
        selector.into()
    }
}

/// What happens to the advancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Time to look.
    Tick,
    /// What the chain says.
    Looked {
        /// Its latest block.
        block: u64,
        /// Whether something is due after it.
        is_due: bool,
    },
    /// The duty waits in the mempool, or was not due any more.
    Sent,
    /// The node gave no answer, or refuses for a reason that is not the contract's.
    Failed(String),
}

/// What the advancer wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Look whether something is due.
    Look,
    /// Submit the duty.
    Send,
    /// Tell the operator.
    Warn(Warning),
}

/// What an operator should know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("next try in {pause} ticks: {reason}")]
pub struct Warning {
    /// What went wrong.
    pub reason: String,
    /// Ticks until the next try.
    pub pause: u32,
}

/// The advancer.
#[derive(Debug, Default)]
pub struct Advancer {
    back_off: BackOff,
    /// The latest block when the duty was last sent.
    sent: Option<u64>,
}

impl Role for Advancer {
    type Event = Event;
    type Action = Action;

    const TICK: Event = Event::Tick;

    fn step(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Tick if self.back_off.sits_out() => vec![],
            Event::Tick => vec![Action::Look],
            Event::Looked { block, is_due } if is_due && self.sent != Some(block) => {
                self.sent = Some(block);
                vec![Action::Send]
            }
            Event::Looked { .. } | Event::Sent => {
                self.back_off.succeed();
                vec![]
            }
            Event::Failed(reason) => {
                self.sent = None;
                let pause = self.back_off.fail();
                vec![Action::Warn(Warning { reason, pause })]
            }
        }
    }
}

/// The advancer's hands: a Ballast node.
#[derive(Debug)]
pub struct AdvancerHands<C> {
    /// The node.
    pub chain: C,
    /// What it looks after.
    pub now: Now,
}

impl<C: Chain> Hands<Advancer> for AdvancerHands<C> {
    fn perform(&self, action: Action) -> Option<Event> {
        let done = match action {
            Action::Look => self.look(),
            Action::Send => self.send(),
            Action::Warn(warning) => {
                tracing::warn!(role = "relayer", "{warning}");
                return None;
            }
        };
        Some(done.unwrap_or_else(|failure| Event::Failed(failure.to_string())))
    }
}

impl<C: Chain> AdvancerHands<C> {
    fn look(&self) -> Result<Event, ChainError> {
        let block = self.chain.block_number()?;
        match self.chain.call(At::Latest, self.now.contract().address(), self.now.input()) {
            Ok(_) => Ok(Event::Looked { block, is_due: true }),
            Err(ChainError::Refused { data, .. }) if !data.is_empty() => {
                Ok(Event::Looked { block, is_due: false })
            }
            Err(error) => Err(error),
        }
    }

    fn send(&self) -> Result<Event, ChainError> {
        let (to, input) = (self.now.contract().address(), self.now.input());
        let duty = Duty { chain_id: self.chain.chain_id()?, to, input };
        match self.chain.send(duty.encoded().into()) {
            Ok(hash) => {
                tracing::info!(role = "relayer", what = ?self.now, %hash, "now said");
                Ok(Event::Sent)
            }
            // another relayer was faster
            Err(ChainError::Refused { message, data, .. }) if !data.is_empty() || waits_already(&message) => {
                Ok(Event::Sent)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
