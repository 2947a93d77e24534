//! The answering side of a signing session: commits and signs, but never anything other than what its own judge gave.
//!
//! For each question the facts are gathered anew ([`Case`]); the question only says which intent, and its transaction is
//! compared with the derived one. What is signed is recorded before the share is made. Nonces are in memory and bounded:
//! each coordinator may have [`MOST_OPEN`] sessions open, and its oldest is forgotten for a new one.

use std::collections::{BTreeMap, VecDeque};

use ballast_custody::{
    Group, KeyShare, Member, Policy, Refusal, Roster, Round, Session, SessionId, Signer,
    ceremony::AuthorError,
    message::MessageError,
    rand_core::{CryptoRng, RngCore},
    signing::{Commitments, SessionError, SignError},
};
use bitcoin::{Transaction, consensus::deserialize};
use thiserror::Error;

use super::{
    case::{Case, CaseError},
    ledger::Ledger,
    question::{Commit, NotAsked, Said, Sign},
    store::StoreError,
};

/// Open sessions of one coordinator.
pub const MOST_OPEN: usize = 8;

/// What a custodian signs with and by.
#[derive(Debug)]
pub struct Desk {
    chain_id: u64,
    roster: Roster,
    policy: Policy,
    epoch_blocks: u64,
    signer: Signer,
    ledger: Ledger,
    /// Oldest first.
    open: BTreeMap<Member, VecDeque<SessionId>>,
}

impl Desk {
    /// A custodian with a share of the group's key; `roster` are all custodians.
    pub fn new(
        chain_id: u64,
        roster: Roster,
        (policy, epoch_blocks): (Policy, u64),
        share: KeyShare,
        ledger: Ledger,
    ) -> Self {
        let signer = Signer::new(share);
        Self { chain_id, roster, policy, epoch_blocks, signer, ledger, open: BTreeMap::new() }
    }

    /// The group.
    pub fn group(&self) -> &Group {
        self.signer.share().group()
    }

    /// All custodians with their identity keys.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// EVM chain id.
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// How many sessions are open.
    pub fn open_sessions(&self) -> usize {
        self.signer.open_sessions()
    }

    /// What this custodian makes of a transaction.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn judge(&self, case: &Case, proposed: &Transaction) -> Result<ballast_custody::Unsigned, Refusal> {
        case.judge(proposed, self.group().key(), &self.policy, &self.ledger, self.epoch(case))
    }

    /// Commits to a session over the proposed transaction.
    ///
    /// # Errors
    /// [`Denial`].
    pub fn commit(
        &mut self,
        case: &Case,
        coordinator: Member,
        question: &Commit,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(Session, Vec<u8>), Denial> {
        let proposed = deserialize(&question.transaction).map_err(|_| Denial::Malformed)?;
        let session = self.session(case, question.rung, question.attempt, &proposed)?;
        let commitments = self.signer.commit(&session, rng)?;
        let open = self.open.entry(coordinator).or_default();
        if !open.contains(&session.id()) {
            open.push_back(session.id());
        }
        if open.len() > MOST_OPEN
            && let Some(oldest) = open.pop_front()
        {
            self.signer.forget(oldest);
        }
        Ok((session, commitments.to_bytes()))
    }

    /// Signs a session that it has committed to, after `keep` has put the record on disk.
    ///
    /// # Errors
    /// [`Denial`]; the nonces may be gone then, and the next attempt needs new ones.
    pub fn sign(
        &mut self,
        case: &Case,
        question: &Sign,
        keep: impl FnOnce(&Ledger) -> Result<(), StoreError>,
    ) -> Result<(Session, Vec<u8>), Denial> {
        let session = self.session(case, question.rung, question.attempt, &case.intent.transaction())?;
        let commitments = self.heard(&session, &question.commitments)?;
        let ledger = self.ledger.with(case.number, &case.intent, self.epoch(case), &case.live);
        if ledger != self.ledger {
            keep(&ledger)?;
            self.ledger = ledger;
        }
        self.open.values_mut().for_each(|open| open.retain(|other| *other != session.id()));
        let shares = self.signer.sign(&session, &commitments)?;
        Ok((session, shares.to_bytes()))
    }

    /// The session over what the judge gives.
    fn session(
        &self,
        case: &Case,
        rung: u32,
        attempt: u32,
        proposed: &Transaction,
    ) -> Result<Session, Denial> {
        let expected = case.intent.parts().rung;
        if rung != expected {
            return Err(Denial::OtherRung { expected, found: rung });
        }
        let unsigned = self.judge(case, proposed)?;
        Ok(Session::new(self.chain_id, self.group(), attempt, unsigned.digests())?)
    }

    /// Commitments that their authors have signed.
    fn heard(
        &self,
        session: &Session,
        said: &BTreeMap<u16, Said>,
    ) -> Result<BTreeMap<Member, Commitments>, Denial> {
        let mut commitments = BTreeMap::new();
        for (number, Said { payload, signature }) in said {
            let member = Member::try_from(*number).map_err(|_| Denial::Malformed)?;
            session.verify(&self.roster, member, Round::Commitments, payload, signature)?;
            commitments.insert(member, Commitments::from_bytes(session, payload)?);
        }
        Ok(commitments)
    }

    fn epoch(&self, case: &Case) -> u64 {
        case.height / self.epoch_blocks.max(1)
    }
}

/// Why a custodian does not answer a question.
#[derive(Debug, Error)]
pub enum Denial {
    /// Its verdict.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// No custodian asks.
    #[error(transparent)]
    NotAsked(#[from] NotAsked),
    /// It has no share of the present key.
    #[error("this custodian holds no share of the group key")]
    NoShare,
    /// The finalised chain that it follows has no such live intent.
    #[error("intent {number} is not live on the finalised chain")]
    NotLive {
        /// The intent.
        number: u64,
    },
    /// It follows the chain to another rung.
    #[error("the intent stands at rung {expected}, this is rung {found}: wait until both have caught up")]
    OtherRung {
        /// The rung on its chain.
        expected: u32,
        /// The rung in question.
        found: u32,
    },
    /// No transaction, or no custodian's number.
    #[error("the question holds no transaction, or no custodian's number")]
    Malformed,
    /// Somebody's commitments are not of this session.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Somebody's commitments are not its own.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The session.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// No nonces, or not with these commitments.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// It cannot judge.
    #[error("cannot judge: {0}")]
    Case(#[from] CaseError),
    /// It cannot write down what it is about to sign.
    #[error("cannot record what is to be signed: {0}")]
    Store(#[from] StoreError),
}

impl Denial {
    /// The name in logs and answers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refusal(refusal) => refusal.name(),
            Self::NotAsked(_) => "not_asked",
            Self::NoShare => "no_share",
            Self::NotLive { .. } => "not_live",
            Self::OtherRung { .. } => "other_rung",
            Self::Malformed | Self::Message(_) => "malformed",
            Self::Author(_) => "forged_commitments",
            Self::Session(_) => "no_session",
            Self::Sign(_) => "not_committed",
            Self::Case(_) => "cannot_judge",
            Self::Store(_) => "cannot_record",
        }
    }
}
