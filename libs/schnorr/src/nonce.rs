//! One-time nonces and the public randomness that they give.
//!
//! The nonce of a height is the first value `HMAC-SHA256(secret key, be64(height) || context || be64(i))`, for
//! i = 0, 1, ..., that is a non-zero scalar (`docs/spec/bitcoin-formats.md` §b.2). The HMAC key is the secret key
//! as stored, not normalised to even y. The context is the chain id text, so that one key used on two chains
//! never shares a nonce between them.

use std::{fmt, ops::Range};

use hmac::{Hmac, Mac};
use secp256k1::{Keypair, SECP256K1, SecretKey};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{KeyError, SigningKey, key::Secret};

#[cfg(test)]
mod tests;

/// The x coordinate of a nonce point: what a provider commits to before it votes.
///
/// Any 32 bytes are accepted; bytes that are no coordinate verify no signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicRandomness(pub [u8; 32]);

impl PublicRandomness {
    /// The 32 big-endian bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for PublicRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PublicRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicRandomness({self})")
    }
}

/// A secret nonce for exactly one signature: [`eots::sign`](crate::eots::sign) consumes it.
///
/// Two signatures with one nonce reveal the key, so it can be neither cloned nor copied:
/// ```compile_fail,E0599
/// # use ballast_schnorr::{SigningKey, nonce};
/// # let key = SigningKey::from_bytes(&[7; 32]).expect("in range");
/// let nonce = nonce::derive(&key, b"", 1);
/// let twin = nonce.clone();
/// ```
/// ```compile_fail,E0382
/// # use ballast_schnorr::{SigningKey, eots, nonce};
/// # let key = SigningKey::from_bytes(&[7; 32]).expect("in range");
/// let nonce = nonce::derive(&key, b"", 1);
/// eots::sign(&key, nonce, b"one");
/// eots::sign(&key, nonce, b"two");
/// ```
/// The type cannot stop a caller from deriving the same nonce again. A signer therefore records what it signs at
/// a height, durably, before it derives.
pub struct Nonce {
    even: Secret,
    public: PublicRandomness,
}

impl Nonce {
    /// Prepares a secret nonce; one point multiplication.
    pub fn new(secret: SecretKey) -> Self {
        let mut keypair = Keypair::from_secret_key(SECP256K1, &secret);
        let (x_only, parity) = keypair.x_only_public_key();
        keypair.non_secure_erase();
        Self { even: Secret::new(secret).negated_if(parity), public: PublicRandomness(x_only.serialize()) }
    }

    /// Reads a 32-byte big-endian nonce.
    ///
    /// # Errors
    /// [`KeyError::OutOfRange`] if the number is zero or not below the curve order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        SecretKey::from_slice(bytes).map(Self::new).map_err(|_| KeyError::OutOfRange)
    }

    /// What others know of the nonce.
    pub fn public(&self) -> PublicRandomness {
        self.public
    }

    pub(crate) fn even(&self) -> &SecretKey {
        self.even.get()
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({})", self.public)
    }
}

/// The nonce of a height under a context, which is the chain id text, in UTF-8.
pub fn derive(key: &SigningKey, context: &[u8], height: u64) -> Nonce {
    derive_keyed(&keyed(key), context, height)
}

/// The public randomness of consecutive heights: the leaves of a [`commitment`](crate::commitment).
pub fn public_randomness(key: &SigningKey, context: &[u8], heights: Range<u64>) -> Vec<PublicRandomness> {
    let mac = keyed(key);
    heights.map(|height| derive_keyed(&mac, context, height).public).collect()
}

/// What [`derive()`] found: the scalar before it is normalised to even y, and how many values it passed over.
///
/// For checking an implementation against published vectors; a signer wants [`derive()`].
pub struct Derivation {
    /// The first `i` whose HMAC value was a non-zero scalar; 0 but for one case in 2^128.
    pub iteration: u64,
    /// That value, 32 bytes big-endian.
    pub scalar: Zeroizing<[u8; 32]>,
}

/// The derivation of a height's nonce, step by step.
pub fn derivation(key: &SigningKey, context: &[u8], height: u64) -> Derivation {
    let mac = keyed(key);
    let (iteration, secret) = first_scalar(|i| hmac(&mac, &hmac_message(height, context, i)));
    Derivation { iteration, scalar: Zeroizing::new(secret.get().secret_bytes()) }
}

/// The bytes under the HMAC: `be64(height) || context || be64(iteration)`.
pub fn hmac_message(height: u64, context: &[u8], iteration: u64) -> Vec<u8> {
    [&height.to_be_bytes(), context, &iteration.to_be_bytes()].concat()
}

fn derive_keyed(mac: &Hmac<Sha256>, context: &[u8], height: u64) -> Nonce {
    let (_, secret) = first_scalar(|i| hmac(mac, &hmac_message(height, context, i)));
    Nonce::new(*secret.get())
}

fn keyed(key: &SigningKey) -> Hmac<Sha256> {
    Hmac::new_from_slice(key.secret_bytes().as_slice()).expect("HMAC takes a key of any length")
}

fn hmac(mac: &Hmac<Sha256>, message: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(mac.clone().chain_update(message).finalize().into_bytes().into())
}

/// The first value that is a non-zero scalar, with its position.
fn first_scalar(value: impl Fn(u64) -> Zeroizing<[u8; 32]>) -> (u64, Secret) {
    (0..)
        .find_map(|i| Some((i, Secret::new(SecretKey::from_slice(value(i).as_slice()).ok()?))))
        .expect("of 2^64 hash values one is a scalar")
}
