//! Round 2 of a session: a signer's part of every signature.
//!
//! `share 32 for each digest`, in the order of the digests.

use frost_secp256k1_tr::round2::SignatureShare;

use super::Session;
use crate::message::{self, MessageError, SCALAR};

/// One signature share for every digest of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureShares(pub(super) Vec<SignatureShare>);

impl SignatureShares {
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
        self.0.iter().flat_map(SignatureShare::serialize).collect()
    }

    /// Reads a message of a session.
    ///
    /// # Errors
    /// When the length does not fit the session's digests, or a field is no scalar.
    pub fn from_bytes(session: &Session, bytes: &[u8]) -> Result<Self, MessageError> {
        let bytes = message::of_length(bytes, session.digests().len() * SCALAR)?;
        (0..bytes.len())
            .step_by(SCALAR)
            .map(|at| message::scalar(bytes, at, SignatureShare::deserialize))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}
