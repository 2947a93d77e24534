//! A custodian: makes the key, signs what the chain says, attests fees.
//!
//! Each tick it looks at three things, one after the other. Is a key ceremony under way in which it has something to say
//! ([`ceremony`])? Is an intent live and not on its way to a block, and is it this custodian's turn to bring the others
//! together ([`coordinator`])? Is a fee attestation due ([`fees`])? Beside that it answers the others' questions
//! ([`signer`]) at any time.
//!
//! It trusts nobody but its own two nodes: what it signs it derives from the finalised chain ([`case`]) and judges by its
//! own bitcoind and its own limits. What it must not lose is on disk before it matters ([`store`]): the seed of a
//! ceremony, its share of the key, and what it has signed. All the rest it reads again, so it may be killed at any moment.

use ballast_custody::{
    Member,
    rand_core::{CryptoRng, RngCore},
};

use crate::{back_off::BackOff, runner::Role};

pub mod case;
pub mod ceremony;
pub mod config;
pub mod coordinator;
mod event;
pub mod fees;
mod files;
mod hands;
pub mod ledger;
mod peers;
pub mod question;
mod responder;
mod run;
mod server;
pub mod signer;
pub mod store;

#[cfg(test)]
mod tests;

pub use config::CustodianConfig;
pub use event::{Action, Event, Warning};
pub use files::FileStore;
pub use hands::CustodianHands;
pub use peers::HttpPeers;
pub use responder::Responder;
pub use run::{CustodianError, run};
pub use server::{Server, ServerError};

use ceremony::{Board, Ceremonies, Word};
use coordinator::Coordinator;
use fees::Fees;

/// The custodian.
#[derive(Debug)]
pub struct Custodian<R> {
    ceremonies: Ceremonies<R>,
    coordinator: Option<Coordinator>,
    fees: Fees,
    /// The last ceremony and round in which it stays silent, or the key that it has no share of, told once.
    told: Option<Warning>,
    back_off: BackOff,
    /// Whether this tick has failed already.
    failed: bool,
}

impl<R: CryptoRng + RngCore> Custodian<R> {
    /// A custodian that has just started. `rng` is for the nonces of a ceremony's trial.
    pub fn new(member: Member, rng: R) -> Self {
        Self {
            ceremonies: Ceremonies::new(member, rng),
            coordinator: None,
            fees: Fees::default(),
            told: None,
            back_off: BackOff::default(),
            failed: false,
        }
    }
}

impl<R: CryptoRng + RngCore> Role for Custodian<R> {
    type Event = Event;
    type Action = Action;

    const TICK: Event = Event::Tick;

    fn step(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Tick => self.tick(),
            Event::Board(board) => self.speak(&board),
            Event::Quiet => vec![],
            Event::Ended if self.coordinator.is_none() => vec![Action::Install],
            Event::Ended => vec![],
            Event::Installed(None) => self.tell(Warning::NoShare),
            Event::Installed(Some(seat)) => {
                self.coordinator = Some(Coordinator::new(*seat));
                vec![]
            }
            Event::Tip(height) if self.fees.is_due(height) => vec![Action::Attest(height)],
            Event::Tip(_) => vec![],
            Event::Attested(height) => {
                self.fees.attested(height);
                vec![]
            }
            Event::Failed(reason) => self.fail(reason),
            other => self.coordinate(other),
        }
    }
}

impl<R: CryptoRng + RngCore> Custodian<R> {
    fn tick(&mut self) -> Vec<Action> {
        if let Some(coordinator) = &mut self.coordinator {
            coordinator.tick();
        }
        if self.back_off.sits_out() {
            return vec![];
        }
        if !std::mem::take(&mut self.failed) {
            self.back_off.succeed();
        }
        let mut actions = vec![Action::ReadBoard];
        if self.coordinator.is_some() {
            actions.push(Action::ReadLive);
        }
        actions.push(Action::ReadTip);
        actions
    }

    fn speak(&mut self, board: &Board) -> Vec<Action> {
        match self.ceremonies.next(board) {
            Ok(None) => vec![],
            Ok(Some(Word::Keep(share))) => vec![Action::Keep(board.ceremony.id(), share)],
            Ok(Some(Word::Say(utterance))) => vec![Action::Say(utterance)],
            Err(fault) => self.tell(Warning::Silent { number: board.ceremony.number(), fault }),
        }
    }

    fn coordinate(&mut self, event: Event) -> Vec<Action> {
        let Some(coordinator) = &mut self.coordinator else { return vec![] };
        match event {
            Event::Live(live) => coordinator.look(&live),
            Event::Verdict { number, rung, verdict: Ok(unsigned) } => {
                coordinator.opened(number, rung, *unsigned)
            }
            Event::Verdict { number, verdict: Err(reason), .. } => coordinator.refused(number, reason),
            Event::Answered(answers) => coordinator.answered(answers),
            Event::Submitted { number, outcome } => coordinator.submitted(number, outcome),
            _ => vec![],
        }
    }

    /// Tells something that stays true, once.
    fn tell(&mut self, warning: Warning) -> Vec<Action> {
        if self.told.as_ref() == Some(&warning) {
            return vec![];
        }
        self.told = Some(warning.clone());
        vec![Action::Warn(warning)]
    }

    /// Doubles the pause with each tick in a row that fails; tells of the first failure of a tick.
    fn fail(&mut self, reason: String) -> Vec<Action> {
        if std::mem::replace(&mut self.failed, true) {
            return vec![];
        }
        let pause = self.back_off.fail();
        vec![Action::Warn(Warning::Failed { reason, pause })]
    }
}
