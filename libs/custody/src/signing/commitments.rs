//! Round 1 of a session: what a signer commits to.
//!
//! `(hiding point 33 || binding point 33) for each digest`, in the order of the digests.

use frost_secp256k1_tr::round1::{NonceCommitment, SigningCommitments};

use super::Session;
use crate::message::{self, MessageError, POINT};

/// One pair of nonce commitments for every digest of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitments(pub(super) Vec<SigningCommitments>);

impl Commitments {
    /// For how many digests.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none; a session has at least one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The message.
    pub fn to_bytes(&self) -> Vec<u8> {
        let point = |point: &NonceCommitment| point.serialize().expect("no nonce is zero");
        self.0.iter().flat_map(|pair| [point(pair.hiding()), point(pair.binding())].concat()).collect()
    }

    /// Reads a message of a session.
    ///
    /// # Errors
    /// When the length does not fit the session's digests, or a field is no point.
    pub fn from_bytes(session: &Session, bytes: &[u8]) -> Result<Self, MessageError> {
        let bytes = message::of_length(bytes, session.digests().len() * 2 * POINT)?;
        let point = |at| message::point(bytes, at, NonceCommitment::deserialize);
        (0..bytes.len())
            .step_by(2 * POINT)
            .map(|at| Ok(SigningCommitments::new(point(at)?, point(at + POINT)?)))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}
