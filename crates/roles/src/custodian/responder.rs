//! A custodian's answers: gathers the facts of a question, lets the signer decide, signs what it says.
//!
//! The role and the server share one of these, so a custodian answers its own questions exactly as it answers others'.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ballast_bitcoin_io::Bitcoin;
use ballast_custody::{
    Group, KeyShare, Member, Policy, Roster, Round, Session, Unsigned,
    rand_core::{CryptoRng, RngCore},
};
use ballast_schnorr::SigningKey;

use super::{
    case::Case,
    question::{Asked, Commit, Question, Said, Sign},
    signer::{Denial, Desk},
    store::Store,
};
use crate::chain::Chain;

/// A custodian's nodes, keys, limits and open sessions.
pub struct Responder<C, B, S, R> {
    pub(super) chain: C,
    pub(super) bitcoin: B,
    pub(super) store: S,
    pub(super) member: Member,
    identity: SigningKey,
    /// With the number of blocks of one epoch.
    limits: (Policy, u64),
    state: Mutex<State<R>>,
}

struct State<R> {
    /// None until there is a key, and a share of it.
    desk: Option<Desk>,
    rng: R,
}

impl<C, B, S, R> Responder<C, B, S, R>
where
    C: Chain,
    B: Bitcoin,
    S: Store,
    R: CryptoRng + RngCore,
{
    /// A custodian that has just started. `limits` are its policy and the number of blocks of this chain over which
    /// the policy's epoch limits count.
    pub fn new(
        (chain, bitcoin, store): (C, B, S),
        (member, identity): (Member, SigningKey),
        limits: (Policy, u64),
        rng: R,
    ) -> Self {
        let state = Mutex::new(State { desk: None, rng });
        Self { chain, bitcoin, store, member, identity, limits, state }
    }

    /// Answers with commitments to a transaction.
    ///
    /// # Errors
    /// [`Denial`].
    pub fn commit(&self, asked: &Asked<Commit>) -> Result<Said, Denial> {
        let (coordinator, case) = self.case(asked, asked.0.intent)?;
        let mut state = self.state();
        let State { desk, rng } = &mut *state;
        let desk = desk.as_mut().ok_or(Denial::NoShare)?;
        let (session, payload) = desk.commit(&case, coordinator, &asked.0, rng)?;
        Ok(self.say(rng, &session, Round::Commitments, payload))
    }

    /// Answers with signature shares.
    ///
    /// # Errors
    /// [`Denial`].
    pub fn sign(&self, asked: &Asked<Sign>) -> Result<Said, Denial> {
        let (_, case) = self.case(asked, asked.0.intent)?;
        let mut state = self.state();
        let State { desk, rng } = &mut *state;
        let desk = desk.as_mut().ok_or(Denial::NoShare)?;
        let (session, payload) = desk.sign(&case, &asked.0, |ledger| self.store.keep_ledger(ledger))?;
        Ok(self.say(rng, &session, Round::SignatureShares, payload))
    }

    /// This custodian's own verdict on a rung of an intent.
    ///
    /// # Errors
    /// [`Denial`].
    pub fn verdict(&self, number: u64, rung: u32) -> Result<Unsigned, Denial> {
        let group = self.state().desk.as_ref().ok_or(Denial::NoShare)?.group().key();
        let case =
            Case::read(&self.chain, &self.bitcoin, number, group)?.ok_or(Denial::NotLive { number })?;
        let expected = case.intent.parts().rung;
        if rung != expected {
            return Err(Denial::OtherRung { expected, found: rung });
        }
        let state = self.state();
        let desk = state.desk.as_ref().ok_or(Denial::NoShare)?;
        Ok(desk.judge(&case, &case.intent.transaction())?)
    }

    /// Takes a share into use.
    pub(super) fn install(&self, share: KeyShare, roster: Roster, chain_id: u64) -> Result<Group, Denial> {
        let ledger = self.store.ledger()?;
        let group = share.group().clone();
        self.state().desk = Some(Desk::new(chain_id, roster, self.limits.clone(), share, ledger));
        Ok(group)
    }

    /// Signs a question of one's own.
    pub(super) fn ask<Q: Question>(&self, chain_id: u64, question: Q) -> Asked<Q> {
        Asked::sign(question, chain_id, &self.identity, &self.random())
    }

    /// The identity key, to sign with.
    pub(super) fn identity(&self) -> &SigningKey {
        &self.identity
    }

    /// 32 random bytes.
    pub(super) fn random(&self) -> [u8; 32] {
        random(&mut self.state().rng)
    }

    /// Who asks, and the facts: gathered without the lock, since that takes calls to two nodes.
    fn case<Q: Question>(&self, asked: &Asked<Q>, number: u64) -> Result<(Member, Case), Denial> {
        let (coordinator, group) = {
            let state = self.state();
            let desk = state.desk.as_ref().ok_or(Denial::NoShare)?;
            (asked.coordinator(desk.chain_id(), desk.roster())?, desk.group().key())
        };
        let case = Case::read(&self.chain, &self.bitcoin, number, group)?;
        Ok((coordinator, case.ok_or(Denial::NotLive { number })?))
    }

    fn say(&self, rng: &mut R, session: &Session, round: Round, payload: Vec<u8>) -> Said {
        let signature = session.statement(round, &payload).sign(&self.identity, &random(rng));
        Said { payload: payload.into(), signature }
    }

    /// A panic in the middle of signing loses nonces, which is what a restart does.
    fn state(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn random(rng: &mut impl RngCore) -> [u8; 32] {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    bytes
}
