//! The two halves of the lock: the point to lock to, and the scalar that opens.

use std::fmt;

use secp256k1::{Parity, PublicKey, SECP256K1, SecretKey, XOnlyPublicKey};
use zeroize::Zeroizing;

use crate::{SigningKey, key::Secret};

/// The point that an adaptor signature is locked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EncryptionKey(PublicKey);

impl EncryptionKey {
    /// The encryption key of a key that is known by its x coordinate: the point with even y.
    pub fn new(key: &XOnlyPublicKey) -> Self {
        Self(key.public_key(Parity::Even))
    }

    /// Takes a point as it is, odd y included. The staking format never does so; published test vectors do.
    pub fn from_point(point: PublicKey) -> Self {
        Self(point)
    }

    /// The point.
    pub fn point(&self) -> &PublicKey {
        &self.0
    }
}

/// The secret scalar that opens an adaptor signature. Move-only, and overwritten when dropped.
pub struct DecryptionKey(Secret);

impl DecryptionKey {
    /// The decryption key that belongs to `EncryptionKey::new(&key.x_only())`: the secret normalised to even y.
    pub fn new(key: &SigningKey) -> Self {
        Self(Secret::new(*key.even()))
    }

    /// Takes a scalar as it is. It opens what is locked to its own point, odd y included.
    pub fn from_scalar(scalar: SecretKey) -> Self {
        Self(Secret::new(scalar))
    }

    /// The point of the scalar as it is; one point multiplication.
    pub fn encryption_key(&self) -> EncryptionKey {
        EncryptionKey(PublicKey::from_secret_key(SECP256K1, self.0.get()))
    }

    pub(super) fn secret(&self) -> &SecretKey {
        self.0.get()
    }

    /// The 32 secret bytes, big-endian.
    pub fn secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.get().secret_bytes())
    }
}

impl From<Secret> for DecryptionKey {
    fn from(scalar: Secret) -> Self {
        Self(scalar)
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptionKey({})", self.encryption_key().0)
    }
}
