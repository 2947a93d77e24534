//! A secret key made ready for signing.
//!
//! BIP-340 signs with the scalar whose point has an even y. That scalar and the public key are computed once,
//! here, so that no signature pays for them again. The scalar as its owner stored it is kept as well, since nonce
//! derivation (`docs/spec/bitcoin-formats.md` §b.2) runs on exactly those bytes.

use std::fmt;

use secp256k1::{Keypair, Parity, PublicKey, SECP256K1, SecretKey, XOnlyPublicKey};
use thiserror::Error;
use zeroize::Zeroizing;

#[cfg(test)]
mod tests;

/// Why bytes are not a secret scalar, be it a key or a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The number is zero or not below the curve order.
    #[error(
        "a secret key or nonce must be a number from 1 to the curve order less 1: check where it was read from"
    )]
    OutOfRange,
}

/// A secret key with its public key and its even-y scalar.
///
/// It can be neither cloned nor copied, prints only its public half, and is overwritten when dropped. Copies that
/// the compiler or libsecp256k1 make on the stack are beyond its reach.
pub struct SigningKey {
    keypair: Keypair,
    even: Secret,
}

impl SigningKey {
    /// Prepares a secret key; one point multiplication.
    pub fn new(secret: SecretKey) -> Self {
        let keypair = Keypair::from_secret_key(SECP256K1, &secret);
        let even = Secret::new(secret).negated_if(keypair.x_only_public_key().1);
        Self { keypair, even }
    }

    /// Reads a 32-byte big-endian secret key.
    ///
    /// # Errors
    /// [`KeyError::OutOfRange`] if the number is zero or not below the curve order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        SecretKey::from_slice(bytes).map(Self::new).map_err(|_| KeyError::OutOfRange)
    }

    /// The public key as BIP-340 knows it: the x coordinate, with even y understood.
    pub fn x_only(&self) -> XOnlyPublicKey {
        self.keypair.x_only_public_key().0
    }

    /// The public key with the parity that the stored secret gives it.
    pub fn public_key(&self) -> PublicKey {
        self.keypair.public_key()
    }

    /// The 32 secret bytes as given to the constructor, not normalised to even y.
    pub fn secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.keypair.secret_bytes())
    }

    pub(crate) fn keypair(&self) -> &Keypair {
        &self.keypair
    }

    /// The scalar whose point has an even y: the stored one or its negation.
    pub(crate) fn even(&self) -> &SecretKey {
        self.even.get()
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        self.keypair.non_secure_erase();
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public_key())
    }
}

/// A non-zero secret scalar that is overwritten when dropped. `SecretKey` alone is `Copy` and never is.
pub(crate) struct Secret(SecretKey);

impl Secret {
    pub(crate) fn new(scalar: SecretKey) -> Self {
        Self(scalar)
    }

    pub(crate) fn get(&self) -> &SecretKey {
        &self.0
    }

    /// Negates the scalar if the point it belongs to has an odd y.
    pub(crate) fn negated_if(self, parity: Parity) -> Self {
        match parity {
            Parity::Even => self,
            Parity::Odd => Self(self.0.negate()),
        }
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}
