//! Adaptor signatures: a BIP-340 signature locked to somebody's key.
//!
//! The signer locks with the public *encryption key* `T`; whoever knows its secret, the *decryption key* `t`,
//! turns the lock into a plain signature; whoever sees both learns `t`. Staking uses it so that the covenant's
//! signatures on a slashing transaction open only with the provider's leaked key.
//!
//! `(R0, s)` is locked to `T` if `R0 - R == T` for even `R0` and `R0 + R == T` for odd `R0`, where
//! `R = s*G - e*P` and `e = TH("BIP0340/challenge", x(R0) || x(P) || m)`. Opening adds `t` to `s`, or subtracts it
//! for odd `R0` (`docs/spec/bitcoin-formats.md` §c). `R0` keeps its true parity on the wire.

use secp256k1::{Parity, PublicKey, SECP256K1, Scalar, SecretKey, XOnlyPublicKey, schnorr};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    SigningKey,
    bip340::{self, challenge, reduce, reduce_scalar, tagged_hash},
    key::Secret,
};

mod encoding;
mod keys;
#[cfg(test)]
mod tests;

pub use keys::{DecryptionKey, EncryptionKey};

/// Why signing, reading, verifying, opening or extracting failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AdaptorError {
    /// Neither the current nor the old encoding has this length.
    #[error("an adaptor signature has 65 bytes (66 in the old form), found {found}")]
    Length {
        /// Number of bytes found.
        found: usize,
    },
    /// The first 33 bytes are no compressed point.
    #[error("the nonce of the adaptor signature is not a compressed point on the curve")]
    NoncePoint,
    /// `s` is zero or not below the curve order.
    #[error("the adaptor signature scalar must be a number from 1 to the curve order less 1")]
    ScalarRange,
    /// The old form has a fixed first byte and a flag of 0 or 1.
    #[error(
        "an old-form adaptor signature starts with 02 and ends with 00 or 01, found {first:02x} and {flag:02x}"
    )]
    OldForm {
        /// First byte found.
        first: u8,
        /// Last byte found.
        flag: u8,
    },
    /// The derived nonce is unusable; a chance of 2^-128.
    #[error("the derived nonce is unusable: sign again with other auxiliary randomness")]
    Nonce,
    /// The adaptor signature does not belong to this key, message and encryption key.
    #[error("the adaptor signature does not verify: check signer, signed bytes and encryption key")]
    Invalid,
    /// Opening gave no valid signature.
    #[error("the decryption key does not open this adaptor signature")]
    WrongKey,
    /// The plain signature has another nonce than the adaptor signature.
    #[error("the signature was not opened from this adaptor signature: their nonces differ")]
    NonceMismatch,
    /// The extracted scalar does not belong to the encryption key.
    #[error("the signature reveals no key of {expected}: it was not opened from this adaptor signature")]
    KeyMismatch {
        /// The encryption key.
        expected: PublicKey,
    },
}

/// How the signer's public key enters the nonce hash. Verifiers cannot tell, and both are secure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NonceInput {
    /// 33 bytes, with the parity that the stored secret gives: what Babylon's signers do.
    #[default]
    Compressed,
    /// 32 bytes, as in the CSV vectors that Babylon publishes.
    XOnly,
}

/// A signature locked to an encryption key: the point `R0` and the scalar `s`, which is never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptorSignature {
    nonce: PublicKey,
    s: Scalar,
}

impl AdaptorSignature {
    /// Signs a digest (a BIP-341 sighash, say) and locks the signature to `encryption_key`.
    ///
    /// The nonce depends on all inputs, so the same arguments give the same bytes, and one digest may be signed
    /// for many encryption keys. Fresh random `aux` protects against faults and power analysis.
    ///
    /// # Errors
    /// [`AdaptorError::Nonce`] with a chance of about 2^-128.
    pub fn sign(
        key: &SigningKey,
        encryption_key: &EncryptionKey,
        digest: &[u8; 32],
        aux: &[u8; 32],
    ) -> Result<Self, AdaptorError> {
        Self::sign_with(NonceInput::default(), key, encryption_key, digest, aux)
    }

    /// [`AdaptorSignature::sign`] with a choice of what the nonce hash takes in.
    ///
    /// # Errors
    /// As [`AdaptorSignature::sign`].
    pub fn sign_with(
        input: NonceInput,
        key: &SigningKey,
        encryption_key: &EncryptionKey,
        digest: &[u8; 32],
        aux: &[u8; 32],
    ) -> Result<Self, AdaptorError> {
        let k = derive_nonce(input, key, encryption_key, digest, aux)?;
        let nonce = PublicKey::from_secret_key(SECP256K1, k.get())
            .combine(encryption_key.point())
            .map_err(|_| AdaptorError::Nonce)?;
        let (r, parity) = nonce.x_only_public_key();
        let k = k.negated_if(parity);
        let e = reduce_scalar(challenge(&r.serialize(), &key.x_only(), digest));
        let s = key.even().mul_tweak(&e).and_then(|ed| ed.add_tweak(&Scalar::from(*k.get())));
        s.map(|s| Self { nonce, s: Scalar::from(s) }).map_err(|_| AdaptorError::Nonce)
    }

    /// Checks that opening this with the secret of `encryption_key` will give `key`'s signature of the digest.
    ///
    /// # Errors
    /// [`AdaptorError::Invalid`] if it will not.
    pub fn verify(
        &self,
        key: &XOnlyPublicKey,
        encryption_key: &EncryptionKey,
        digest: &[u8; 32],
    ) -> Result<(), AdaptorError> {
        let locked = self.locked_to(key, digest).map_err(|_| AdaptorError::Invalid)?;
        if locked == *encryption_key.point() { Ok(()) } else { Err(AdaptorError::Invalid) }
    }

    /// Opens the signature; scalar arithmetic alone, which a wrong key does not stop. What comes from a verified
    /// adaptor signature and the right key is valid; else use [`AdaptorSignature::decrypt_checked`].
    ///
    /// # Errors
    /// [`AdaptorError::WrongKey`] if the opened scalar is zero.
    pub fn decrypt(&self, key: &DecryptionKey) -> Result<schnorr::Signature, AdaptorError> {
        let (r, parity) = self.nonce.x_only_public_key();
        let t = Secret::new(*key.secret()).negated_if(parity);
        let s = t.get().add_tweak(&self.s).map_err(|_| AdaptorError::WrongKey)?;
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&r.serialize());
        bytes[32..].copy_from_slice(&s.secret_bytes());
        Ok(schnorr::Signature::from_slice(&bytes).expect("64 bytes"))
    }

    /// Opens the signature and checks that the result is `signer`'s BIP-340 signature of the digest.
    ///
    /// # Errors
    /// [`AdaptorError::WrongKey`] if it is not.
    pub fn decrypt_checked(
        &self,
        key: &DecryptionKey,
        signer: &XOnlyPublicKey,
        digest: &[u8; 32],
    ) -> Result<schnorr::Signature, AdaptorError> {
        let signature = self.decrypt(key)?;
        bip340::verify(signer, digest, &signature).map_err(|_| AdaptorError::WrongKey)?;
        Ok(signature)
    }

    /// The decryption key that turned this into `signature`, as the difference of the two scalars says; its
    /// parity is not normalised. [`AdaptorSignature::extract_checked`] also checks it.
    ///
    /// # Errors
    /// [`AdaptorError::NonceMismatch`] if the nonces differ, [`AdaptorError::ScalarRange`] if the signature's
    /// scalar is out of range or equal to the adaptor signature's.
    pub fn extract(&self, signature: &schnorr::Signature) -> Result<DecryptionKey, AdaptorError> {
        let (r, parity) = self.nonce.x_only_public_key();
        let bytes = signature.serialize();
        let (found, s) = bytes.split_at(32);
        if r.serialize() != found {
            return Err(AdaptorError::NonceMismatch);
        }
        let s = SecretKey::from_slice(s).map_err(|_| AdaptorError::ScalarRange)?;
        let minus_locked = SecretKey::from_slice(&self.s.to_be_bytes()).expect("never zero").negate();
        let t = s.add_tweak(&Scalar::from(minus_locked)).map_err(|_| AdaptorError::ScalarRange)?;
        Ok(Secret::new(t).negated_if(parity).into())
    }

    /// The decryption key of `encryption_key`, if `signature` was opened with it.
    ///
    /// # Errors
    /// As [`AdaptorSignature::extract`]; [`AdaptorError::KeyMismatch`] if the scalar is not the key's.
    pub fn extract_checked(
        &self,
        signature: &schnorr::Signature,
        encryption_key: &EncryptionKey,
    ) -> Result<DecryptionKey, AdaptorError> {
        let key = self.extract(signature)?;
        if key.encryption_key() == *encryption_key {
            Ok(key)
        } else {
            Err(AdaptorError::KeyMismatch { expected: *encryption_key.point() })
        }
    }

    /// The point that this adaptor signature is locked to, given its signer and digest.
    fn locked_to(&self, key: &XOnlyPublicKey, digest: &[u8; 32]) -> Result<PublicKey, secp256k1::Error> {
        let (r, parity) = self.nonce.x_only_public_key();
        let e = reduce_scalar(challenge(&r.serialize(), key, digest));
        // R = s*G - e*P. Negating the point instead of the scalar spares a modular operation.
        let minus_p = key.public_key(Parity::Odd);
        let r = minus_p.mul_tweak(SECP256K1, &e)?.add_exp_tweak(SECP256K1, &self.s)?;
        let r = if parity == Parity::Even { r.negate(SECP256K1) } else { r };
        self.nonce.combine(&r)
    }
}

/// `k = TH("SchnorrAdaptor/nonce", (d XOR TH("SchnorrAdaptor/aux", aux)) || T || P || m) mod n`, not zero.
fn derive_nonce(
    input: NonceInput,
    key: &SigningKey,
    encryption_key: &EncryptionKey,
    digest: &[u8; 32],
    aux: &[u8; 32],
) -> Result<Secret, AdaptorError> {
    let mask = tagged_hash("SchnorrAdaptor/aux", &[aux]);
    let mut masked = Zeroizing::new(key.even().secret_bytes());
    masked.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    let compressed = key.public_key().serialize();
    let signer = match input {
        NonceInput::Compressed => &compressed[..],
        NonceInput::XOnly => &compressed[1..],
    };
    let parts = [masked.as_slice(), &encryption_key.point().serialize(), signer, digest];
    let k = Zeroizing::new(reduce(tagged_hash("SchnorrAdaptor/nonce", &parts)));
    SecretKey::from_slice(k.as_slice()).map(Secret::new).map_err(|_| AdaptorError::Nonce)
}
