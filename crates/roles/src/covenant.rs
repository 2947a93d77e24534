//! A member of the covenant: judges every stake that is registered and approves those that are right.
//!
//! Each tick the member reads the registrations that are new to it and asks the contract how far each stake is that
//! it has not done with. It judges a stake itself, under parameters of its own: that the contract took a stake is no
//! reason to sign for it. What is right gets three signatures: of the unbonding transaction plainly, of both
//! slashing transactions locked to the provider's key. What is not is refused with the rule that it breaks.
//!
//! A stake is done with when the member's approval is in the contract, a quorum is complete without it, the stake
//! leaves or is gone, or it was refused. The cursor on disk stays below the oldest stake that is not, so a member
//! killed at any moment takes up every stake that it owes an answer. Signatures are made without randomness: the
//! same approval twice is the same duty.

use std::collections::BTreeMap;

use alloy_primitives::B256;
use ballast_bitcoin_staking::{
    Approvals, Params, ParamsSet,
    delegation::{ApprovalError, covenant_sign},
};
use ballast_schnorr::SigningKey;
use ballast_types::interfaces::IStaking;
use thiserror::Error;

use crate::{
    back_off::BackOff,
    runner::Role,
    staking::{self, StakeError, StakeState},
};

mod config;
mod event;
mod hands;

pub use config::{CovenantConfig, CovenantError, run};
pub use event::{Action, Event, Warning};
pub use hands::CovenantHands;

/// Ticks that an approval may be under way before it is sent again: a mempool can forget it.
pub const PATIENCE: u32 = 16;

/// The most approvals that one tick sends.
pub const MAX_APPROVALS: usize = 16;

/// A stake that the member owes an answer.
#[derive(Debug)]
struct Owed {
    /// The block of its registration.
    block: u64,
    registered: IStaking::StakeRegistered,
    /// Ticks until an approval that was sent counts as lost.
    patience: u32,
}

/// A member of the covenant.
#[derive(Debug)]
pub struct Covenant {
    member: SigningKey,
    params: ParamsSet,
    /// The first block that is not read.
    next: u64,
    saved: u64,
    owed: BTreeMap<B256, Owed>,
    back_off: BackOff,
}

impl Covenant {
    /// The member with this key, under these parameters. `cursor` is what it saved last, 0 at first.
    #[must_use]
    pub fn new(member: SigningKey, params: ParamsSet, cursor: u64) -> Self {
        let back_off = BackOff::default();
        Self { member, params, next: cursor, saved: cursor, owed: BTreeMap::new(), back_off }
    }

    /// Takes in a reading and says what to do.
    fn consider(
        &mut self,
        next: u64,
        registered: Vec<(u64, IStaking::StakeRegistered)>,
        states: &BTreeMap<B256, StakeState>,
    ) -> Vec<Action> {
        self.back_off.succeed();
        self.next = next;
        for (block, registered) in registered {
            let stake = registered.stake;
            self.owed.entry(stake).or_insert(Owed { block, registered, patience: 0 });
        }
        let stakes: Vec<B256> = self.owed.keys().copied().collect();
        let mut actions = Vec::new();
        for stake in stakes {
            if actions.len() < MAX_APPROVALS {
                actions.extend(self.answer(stake, states.get(&stake)));
            }
        }
        let cursor = self.owed.values().map(|owed| owed.block).fold(self.next, u64::min);
        if cursor != self.saved {
            self.saved = cursor;
            actions.push(Action::Save(cursor));
        }
        actions
    }

    /// What a stake needs now; nothing when it is done with or an approval is under way.
    fn answer(&mut self, stake: B256, state: Option<&StakeState>) -> Option<Action> {
        let owed = self.owed.get_mut(&stake)?;
        owed.patience = owed.patience.saturating_sub(1);
        let owed = self.owed.get(&stake)?;
        let judged = match self.is_needed(owed, state) {
            Ok(true) if owed.patience > 0 => return None,
            Ok(true) => self.approve(owed).map(Some),
            Ok(false) => Ok(None),
            Err(reason) => Err(reason),
        };
        match judged {
            Ok(Some(call)) => {
                self.owed.get_mut(&stake)?.patience = PATIENCE;
                Some(Action::Approve(Box::new(call)))
            }
            Ok(None) => {
                self.owed.remove(&stake);
                None
            }
            Err(reason) => {
                self.owed.remove(&stake);
                Some(Action::Warn(Warning::Refused { stake, reason }))
            }
        }
    }

    /// Whether the contract still needs this member's approval.
    fn is_needed(&self, owed: &Owed, state: Option<&StakeState>) -> Result<bool, CovenantRefusal> {
        let state = state.ok_or(CovenantRefusal::NoSuchStake)?;
        let committee = self.params(owed)?.committee();
        let place = committee.keys().iter().position(|key| *key == self.member.x_only());
        let place = place.ok_or(CovenantRefusal::NotMember)?;
        let has_quorum = state.approvals.count_ones() >= committee.quorum();
        Ok(!state.approvals.bit(place) && !has_quorum && state.exit == IStaking::Exit::None)
    }

    /// Judges a stake and signs for it.
    fn approve(&self, owed: &Owed) -> Result<IStaking::approveCall, CovenantRefusal> {
        let params = self.params(owed)?;
        staking::delegation(&owed.registered, params)?;
        let facts = staking::facts(&owed.registered.registration, params)?;
        let signed = covenant_sign(&facts, params, &Approvals::new(), &self.member, &[0; 32])?;
        Ok(IStaking::approveCall {
            stake: owed.registered.stake,
            member: self.member.x_only().serialize().into(),
            unbonding: signed.unbonding.serialize().to_vec().into(),
            slashing: signed.slashing.to_bytes().to_vec().into(),
            unbondingSlashing: signed.unbonding_slashing.to_bytes().to_vec().into(),
        })
    }

    fn params(&self, owed: &Owed) -> Result<&Params, StakeError> {
        let version = owed.registered.version;
        self.params.version(version).map_err(|_| StakeError::Version { version })
    }
}

impl Role for Covenant {
    type Event = Event;
    type Action = Action;

    const TICK: Event = Event::Tick;

    fn step(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Tick if self.back_off.sits_out() => vec![],
            Event::Tick => vec![Action::Read { from: self.next, owed: self.owed.keys().copied().collect() }],
            Event::Read { next, registered, states } => self.consider(next, registered, &states),
            // sent again when patience ends: what the contract refuses now it may take then
            Event::Refused { stake, reason } => vec![Action::Warn(Warning::NotTaken { stake, reason })],
            Event::Failed(reason) => {
                let pause = self.back_off.fail();
                vec![Action::Warn(Warning::Failed { reason, pause })]
            }
        }
    }
}

/// Why a member does not sign.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum CovenantRefusal {
    /// The contract knows no such stake.
    #[error("the log has a registration that the contract does not know")]
    NoSuchStake,
    /// Another covenant.
    #[error("this member's key is not of the covenant: check the key and the covenant in the configuration")]
    NotMember,
    /// It does not parse, or breaks a rule.
    #[error(transparent)]
    Stake(#[from] StakeError),
    /// It breaks a rule, or cannot be signed.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
}

#[cfg(test)]
mod tests;
