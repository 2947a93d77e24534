//! What custodians ask of each other in a signing session, and what they answer.
//!
//! A question is signed by the coordinator with its identity key ([`message::question`]); its attempt number begins with
//! the coordinator's own number, so that coordinators do not get in each other's way and each is bounded by itself. An
//! answer is a payload of the session with its author's signature ([`ballast_custody::Session::statement`]), which proves to everybody what it said. A refusal is not signed: all that it
//! can do is what silence does.

use std::collections::BTreeMap;

use alloy_primitives::Bytes;
use ballast_custody::{Member, Roster, Round};
use ballast_schnorr::{SigningKey, bip340, message};
use bitcoin::secp256k1::schnorr::Signature;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

/// A question with the name under which it travels.
pub trait Question: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The JSON-RPC method.
    const METHOD: &'static str;
    /// The round of the answer.
    const ROUND: Round;

    /// Who asks, in which attempt.
    fn attempt(&self) -> u32;

    /// The bytes that the coordinator signs.
    fn body(&self) -> Vec<u8>;
}

/// Asks for commitments to a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// The intent.
    pub intent: u64,
    /// Its rung.
    pub rung: u32,
    /// The attempt, see [`attempt`].
    pub attempt: u32,
    /// The transaction without witnesses, as Bitcoin serialises it.
    pub transaction: Bytes,
}

/// Asks for signature shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The intent.
    pub intent: u64,
    /// Its rung.
    pub rung: u32,
    /// The attempt of the commitments.
    pub attempt: u32,
    /// The commitments of everybody who is to sign, by number.
    pub commitments: BTreeMap<u16, Said>,
}

/// An answer: a payload and the signature of its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Commitments or signature shares, as the custody library encodes them.
    pub payload: Bytes,
    /// By the author's identity key.
    pub signature: Signature,
}

impl Question for Commit {
    const METHOD: &'static str = "custody_commit";
    const ROUND: Round = Round::Commitments;

    fn attempt(&self) -> u32 {
        self.attempt
    }

    fn body(&self) -> Vec<u8> {
        let Self { intent, rung, attempt, transaction } = self;
        [&intent.to_be_bytes()[..], &rung.to_be_bytes(), &attempt.to_be_bytes(), transaction].concat()
    }
}

impl Question for Sign {
    const METHOD: &'static str = "custody_sign";
    const ROUND: Round = Round::SignatureShares;

    fn attempt(&self) -> u32 {
        self.attempt
    }

    fn body(&self) -> Vec<u8> {
        let Self { intent, rung, attempt, commitments } = self;
        let mut body = [&intent.to_be_bytes()[..], &rung.to_be_bytes(), &attempt.to_be_bytes()].concat();
        for (member, Said { payload, signature }) in commitments {
            body.extend(member.to_be_bytes());
            body.extend((payload.len() as u64).to_be_bytes());
            body.extend_from_slice(payload);
            body.extend(signature.serialize());
        }
        body
    }
}

/// A question with its coordinator's signature: the two parameters of the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked<Q>(pub Q, pub Signature);

impl<Q: Question> Asked<Q> {
    /// Signs a question; `aux` should be fresh randomness.
    pub fn sign(question: Q, chain_id: u64, identity: &SigningKey, aux: &[u8; 32]) -> Self {
        let digest = digest(chain_id, &question);
        Self(question, bip340::sign(identity, &digest, aux))
    }

    /// Who asks.
    ///
    /// # Errors
    /// [`NotAsked`] if the attempt names nobody on the roster, or somebody else signed.
    pub fn coordinator(&self, chain_id: u64, roster: &Roster) -> Result<Member, NotAsked> {
        let number = (self.0.attempt() >> 16) as u16;
        let unsigned = NotAsked { number };
        let member = Member::try_from(number).map_err(|_| unsigned)?;
        let identity = roster.identity(member).map_err(|_| unsigned)?;
        bip340::verify(&identity, &digest(chain_id, &self.0), &self.1).map_err(|_| unsigned)?;
        Ok(member)
    }
}

/// The number of a coordinator's `count`th attempt: its own number, then the count.
pub fn attempt(coordinator: Member, count: u16) -> u32 {
    u32::from(coordinator.get()) << 16 | u32::from(count)
}

fn digest<Q: Question>(chain_id: u64, question: &Q) -> [u8; 32] {
    bip340::digest(&message::question(chain_id, Q::ROUND as u8, &question.body()))
}

/// Nobody on the roster has asked this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("custodian {number} did not ask this, or is none: check chain id, attempt and identity key")]
pub struct NotAsked {
    /// Whom the attempt names.
    pub number: u16,
}

/// Why a custodian gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoAnswer {
    /// Not to be reached, or not to be understood.
    #[error("no answer: {0}")]
    Silent(String),
    /// It says no.
    #[error("refused as {name}: {message}")]
    Refused {
        /// The refusal's name.
        name: String,
        /// The refusal in words.
        message: String,
    },
}

/// The other custodians.
pub trait Peers {
    /// Asks custodians, all at once, and gives one answer of each.
    fn ask<Q: Question>(
        &self,
        members: &[Member],
        asked: &Asked<Q>,
    ) -> BTreeMap<Member, Result<Said, NoAnswer>>;
}
