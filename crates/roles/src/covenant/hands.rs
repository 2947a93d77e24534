//! A covenant member's hands: a Ballast node and a cursor.

use std::collections::BTreeMap;

use alloy_primitives::B256;
use ballast_types::{SystemContract, interfaces::IStaking};
use thiserror::Error;

use super::{Action, Covenant, Event};
use crate::{
    chain::{Chain, ChainError, send_duty},
    cursor::{Cursor, CursorError},
    runner::Hands,
    staking::{self, MAX_BLOCKS, Refusal},
};

/// What a member works with.
#[derive(Debug)]
pub struct CovenantHands<C, D> {
    /// The Ballast node.
    pub chain: C,
    /// How far all is done.
    pub cursor: D,
}

#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Cursor(#[from] CursorError),
}

impl<C: Chain, D: Cursor> Hands<Covenant> for CovenantHands<C, D> {
    fn perform(&self, action: Action) -> Option<Event> {
        let done = match action {
            Action::Read { from, owed } => self.read(from, owed).map(Some),
            Action::Approve(call) => self.approve(&call),
            Action::Save(block) => self.cursor.save(block).map(|()| None).map_err(Failure::from),
            Action::Warn(warning) => {
                tracing::warn!(role = "covenant", "{warning}");
                Ok(None)
            }
        };
        done.unwrap_or_else(|failure| Some(Event::Failed(failure.to_string())))
    }
}

impl<C: Chain, D: Cursor> CovenantHands<C, D> {
    fn read(&self, from: u64, owed: Vec<B256>) -> Result<Event, Failure> {
        let last = self.chain.block_number()?.min(from.saturating_add(MAX_BLOCKS - 1));
        let registered =
            if from <= last { staking::registrations(&self.chain, from..=last)? } else { vec![] };
        let stakes = owed.into_iter().chain(registered.iter().map(|(_, event)| event.stake));
        let mut states = BTreeMap::new();
        for stake in stakes {
            states.extend(staking::state(&self.chain, stake)?.map(|state| (stake, state)));
        }
        Ok(Event::Read { next: from.max(last + 1), registered, states })
    }

    fn approve(&self, call: &IStaking::approveCall) -> Result<Option<Event>, Failure> {
        match send_duty(&self.chain, SystemContract::Staking, call) {
            Ok(hash) => {
                tracing::info!(role = "covenant", stake = %call.stake, %hash, "approval sent");
                Ok(None)
            }
            Err(ChainError::Refused { message, data, .. }) => {
                let stake = call.stake;
                Ok(match Refusal::read(&message, &data) {
                    Refusal::Known | Refusal::Waiting => None,
                    Refusal::Later(reason) | Refusal::Never(reason) => Some(Event::Refused { stake, reason }),
                })
            }
            Err(error) => Err(error.into()),
        }
    }
}
