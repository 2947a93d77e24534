//! A custodian's open sessions.

use std::collections::BTreeMap;

use frost_secp256k1_tr::rand_core::{CryptoRng, RngCore};

use super::{
    Commitments, Nonces, Session, SessionError, SessionId, SignError, SignatureShares, nonces::commit,
};
use crate::key_share::KeyShare;
use crate::roster::Member;

/// A key share and the nonces of the sessions that it has committed to.
///
/// Nothing of it is stored: after a restart there are no open sessions, and a session of before gives
/// [`SignError::NoNonces`], or [`SignError::OtherCommitments`] if this process has committed to it anew.
#[derive(Debug)]
pub struct Signer {
    share: KeyShare,
    open: BTreeMap<SessionId, (Nonces, Commitments)>,
}

impl Signer {
    /// A signer without open sessions.
    pub fn new(share: KeyShare) -> Self {
        Self { share, open: BTreeMap::new() }
    }

    /// The share it signs with.
    pub fn share(&self) -> &KeyShare {
        &self.share
    }

    /// Commits to a session; again the same commitments while it is open.
    ///
    /// # Errors
    /// When the share is not of the session's group.
    pub fn commit(
        &mut self,
        session: &Session,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Commitments, SessionError> {
        if let Some((_, commitments)) = self.open.get(&session.id()) {
            return Ok(commitments.clone());
        }
        let (nonces, commitments) = commit(&self.share, session, rng)?;
        self.open.insert(session.id(), (nonces, commitments.clone()));
        Ok(commitments)
    }

    /// Signs a session that it has committed to. The session is closed afterwards, also when it fails.
    ///
    /// # Errors
    /// [`SignError::NoNonces`] if it is not open; else as [`Nonces::sign`].
    pub fn sign(
        &mut self,
        session: &Session,
        commitments: &BTreeMap<Member, Commitments>,
    ) -> Result<SignatureShares, SignError> {
        let (nonces, _) =
            self.open.remove(&session.id()).ok_or(SignError::NoNonces { session: session.id() })?;
        nonces.sign(&self.share, session, commitments)
    }

    /// Closes a session that will not be signed any more.
    pub fn forget(&mut self, session: SessionId) {
        self.open.remove(&session);
    }

    /// How many sessions are open.
    pub fn open_sessions(&self) -> usize {
        self.open.len()
    }
}
