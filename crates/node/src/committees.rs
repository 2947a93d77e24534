//! Who votes in which epoch.
//!
//! The committee of epoch e + 1 stands in the last header of epoch e. Every other part of the engine asks here for the
//! scheme that checks the certificates of an epoch; a node outside the committee verifies and does not sign.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use alloy_primitives::B256;
use ballast_types::ValidatorKeys;
use commonware_consensus::{simplex::scheme::bls12381_multisig, types::Epoch};
use commonware_cryptography::{
    bls12381::primitives::{group::Private, variant::MinSig},
    certificate::{Provider, Scoped},
    ed25519::PublicKey,
};

use crate::keys::{KeyError, parse_committee};

/// How votes are signed.
pub(crate) type Scheme = bls12381_multisig::Scheme<PublicKey, MinSig>;

#[derive(Debug, Clone)]
struct Seat {
    scheme: Arc<Scheme>,
    signs: bool,
    keys: Arc<Vec<ValidatorKeys>>,
}

/// Committees by epoch. Clones share one table.
#[derive(Debug, Clone)]
pub(crate) struct Committees {
    namespace: Arc<[u8]>,
    vote: Private,
    epochs: Arc<RwLock<BTreeMap<Epoch, Seat>>>,
}

impl Committees {
    /// No epoch yet. Votes are bound to the chain whose genesis block has this hash.
    pub(crate) fn new(genesis: B256, vote: Private) -> Self {
        let namespace = [&b"ballast/consensus/1"[..], genesis.as_slice()].concat();
        Self { namespace: namespace.into(), vote, epochs: Arc::default() }
    }

    /// Sets the committee of an epoch.
    ///
    /// # Errors
    /// [`KeyError`] if a key is malformed or repeated.
    pub(crate) fn register(&self, epoch: Epoch, keys: &[ValidatorKeys]) -> Result<Arc<Scheme>, KeyError> {
        let participants = parse_committee(keys)?;
        let signer = Scheme::signer(&self.namespace, participants.clone(), self.vote.clone());
        let signs = signer.is_some();
        let scheme = Arc::new(signer.unwrap_or_else(|| Scheme::verifier(&self.namespace, participants)));
        let seat = Seat { scheme: scheme.clone(), signs, keys: Arc::new(keys.to_vec()) };
        self.epochs.write().unwrap_or_else(PoisonError::into_inner).insert(epoch, seat);
        Ok(scheme)
    }

    /// Keys of the committee of an epoch, if it is known.
    pub(crate) fn keys(&self, epoch: Epoch) -> Option<Arc<Vec<ValidatorKeys>>> {
        let epochs = self.epochs.read().unwrap_or_else(PoisonError::into_inner);
        epochs.get(&epoch).map(|seat| seat.keys.clone())
    }
}

impl Provider for Committees {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: Epoch) -> Option<Scoped<Scheme>> {
        let epochs = self.epochs.read().unwrap_or_else(PoisonError::into_inner);
        let seat = epochs.get(&epoch)?;
        let scheme = seat.scheme.clone();
        Some(if seat.signs { Scoped::scheme(scheme) } else { Scoped::verifier(scheme) })
    }
}
