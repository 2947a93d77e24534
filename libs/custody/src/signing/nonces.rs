//! Nonces: made for one session, held in memory, used once.

use std::collections::BTreeMap;
use std::fmt;

use ballast_schnorr::bip340::tagged_hash;
use frost_secp256k1_tr::rand_core::{self, CryptoRng, RngCore};
use frost_secp256k1_tr::{SigningPackage, round1, round2};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use super::{Commitments, Digest, Session, SessionError, SessionId, SignatureShares};
use crate::key_share::KeyShare;
use crate::roster::Member;

/// The secret nonces of one signer in one session, a pair for every digest.
///
/// Two shares with one nonce reveal the signer's part of the key, so nonces cannot be cloned, copied or written
/// down, and signing consumes them:
/// ```compile_fail,E0599
/// # use ballast_custody::signing::Nonces;
/// fn twice(nonces: Nonces) -> (Nonces, Nonces) {
///     (nonces.clone(), nonces)
/// }
/// ```
/// ```compile_fail,E0382
/// # use std::collections::BTreeMap;
/// # use ballast_custody::{key_share::KeyShare, signing::{Nonces, Session}};
/// fn replay(nonces: Nonces, share: &KeyShare, session: &Session) {
///     let _ = nonces.sign(share, session, &BTreeMap::new());
///     let _ = nonces.sign(share, session, &BTreeMap::new());
/// }
/// ```
pub struct Nonces {
    session: SessionId,
    pairs: Vec<round1::SigningNonces>,
}

/// Makes nonces for a session: the secrets to keep in memory and the commitments to publish.
///
/// Each nonce hashes fresh randomness with the session id, the position and the secret share, so that a random
/// source that repeats itself (a cloned virtual machine) does not repeat a nonce in another session.
///
/// # Errors
/// When the share is not of the session's group.
pub fn commit(
    share: &KeyShare,
    session: &Session,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Nonces, Commitments), SessionError> {
    session.check_group(share.group())?;
    let mut rng = Hedged { rng, session: session.id(), drawn: 0 };
    let secret = share.frost().signing_share();
    let (pairs, public) = session.digests().iter().map(|_| round1::commit(secret, &mut rng)).unzip();
    Ok((Nonces { session: session.id(), pairs }, Commitments(public)))
}

impl Nonces {
    /// The session they are for.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// Signs every digest of the session together with the custodians whose commitments are given, this one among
    /// them. The nonces are gone afterwards, also when it fails.
    ///
    /// # Errors
    /// When nonces, share, session and commitments do not belong together, or the signers are too few.
    pub fn sign(
        self,
        share: &KeyShare,
        session: &Session,
        commitments: &BTreeMap<Member, Commitments>,
    ) -> Result<SignatureShares, SignError> {
        let member = share.member();
        if self.session != session.id() {
            return Err(SignError::OtherSession { expected: self.session, found: session.id() });
        }
        session.check(share.group(), commitments)?;
        let own = commitments.get(&member).ok_or(SignError::NotChosen { member })?;
        if !self.pairs.iter().map(round1::SigningNonces::commitments).eq(&own.0) {
            return Err(SignError::OtherCommitments { member });
        }
        let sign = |(index, (digest, nonces)): (usize, (&Digest, &round1::SigningNonces))| {
            let package = package(commitments, index, digest);
            match digest.under.root() {
                None => round2::sign(&package, nonces, share.frost()),
                root => round2::sign_with_tweak(&package, nonces, share.frost(), root),
            }
        };
        let digests = session.digests().iter().zip(&self.pairs).enumerate();
        digests.map(sign).collect::<Result<_, _>>().map(SignatureShares).map_err(|_| SignError::Cancelled)
    }
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonces({})", self.session)
    }
}

/// What all signers agree on for the digest at `index`.
pub(super) fn package(
    commitments: &BTreeMap<Member, Commitments>,
    index: usize,
    digest: &Digest,
) -> SigningPackage {
    let pair = |(member, commitments): (&Member, &Commitments)| {
        commitments.0.get(index).map(|pair| (member.identifier(), *pair))
    };
    SigningPackage::new(commitments.iter().filter_map(pair).collect(), &digest.hash)
}

/// Randomness hashed with the session and a count.
struct Hedged<'a, R> {
    rng: &'a mut R,
    session: SessionId,
    drawn: u32,
}

impl<R: RngCore> RngCore for Hedged<'_, R> {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let mut drawn = Zeroizing::new([0; 32]);
            self.rng.fill_bytes(drawn.as_mut_slice());
            let count = self.drawn.to_be_bytes();
            let mut hash = tagged_hash("ballast/nonce/1", &[&drawn[..], &self.session.0, &count]);
            chunk.copy_from_slice(&hash[..chunk.len()]);
            hash.zeroize();
            self.drawn = self.drawn.wrapping_add(1);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl<R: CryptoRng> CryptoRng for Hedged<'_, R> {}

/// Why a custodian gives no shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignError {
    /// Signers and session do not fit.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Nonces of another session.
    #[error("these nonces are for session {expected}, found {found}: commit to this session first")]
    OtherSession {
        /// The session of the nonces.
        expected: SessionId,
        /// The session to sign.
        found: SessionId,
    },
    /// No nonces in memory.
    #[error(
        "no nonces for session {session}: they were used, or forgotten in a restart; take part in the next attempt"
    )]
    NoNonces {
        /// The session to sign.
        session: SessionId,
    },
    /// Others sign.
    #[error("{member} is not among the signers of this attempt")]
    NotChosen {
        /// This custodian.
        member: Member,
    },
    /// Not what this process committed to.
    #[error(
        "the commitments of {member} are not those of its nonces: it restarted, or two machines run as it"
    )]
    OtherCommitments {
        /// This custodian.
        member: Member,
    },
    /// Commitments that add up to nothing; by chance this never happens.
    #[error("the commitments of this attempt cancel each other out: start the next attempt")]
    Cancelled,
}
