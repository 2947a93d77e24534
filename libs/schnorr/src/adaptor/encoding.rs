//! The two encodings of an adaptor signature: 65 bytes today, 66 in the old form, which is still read.

use secp256k1::{PublicKey, Scalar, SecretKey};

use super::{AdaptorError, AdaptorSignature};

impl AdaptorSignature {
    /// Length of the encoding, in bytes.
    pub const LEN: usize = 65;
    /// Length of the old encoding, in bytes.
    pub const OLD_LEN: usize = 66;

    /// Reads the 65 bytes `(02|03) || x(R0) || s`.
    ///
    /// # Errors
    /// [`AdaptorError::NoncePoint`] or [`AdaptorError::ScalarRange`].
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, AdaptorError> {
        let (nonce, s) = bytes.split_at(33);
        let nonce = PublicKey::from_slice(nonce).map_err(|_| AdaptorError::NoncePoint)?;
        let s = SecretKey::from_slice(s).map_err(|_| AdaptorError::ScalarRange)?;
        Ok(Self { nonce, s: Scalar::from(s) })
    }

    /// Reads the old 66 bytes `02 || x(R0) || s || flag`, where the flag is 1 for an odd `R0`.
    ///
    /// # Errors
    /// [`AdaptorError::OldForm`] for another first byte or flag; else as [`AdaptorSignature::from_bytes`].
    pub fn from_old_bytes(bytes: &[u8; Self::OLD_LEN]) -> Result<Self, AdaptorError> {
        let (first, flag) = (bytes[0], bytes[65]);
        if first != 2 || flag > 1 {
            return Err(AdaptorError::OldForm { first, flag });
        }
        let mut current = [0; Self::LEN];
        current.copy_from_slice(&bytes[..65]);
        current[0] += flag;
        Self::from_bytes(&current)
    }

    /// Reads either form, told apart by length.
    ///
    /// # Errors
    /// [`AdaptorError::Length`], or as the reader of the form.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, AdaptorError> {
        if let Ok(current) = bytes.try_into() {
            Self::from_bytes(current)
        } else if let Ok(old) = bytes.try_into() {
            Self::from_old_bytes(old)
        } else {
            Err(AdaptorError::Length { found: bytes.len() })
        }
    }

    /// The 65 bytes `(02|03) || x(R0) || s`.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..33].copy_from_slice(&self.nonce.serialize());
        bytes[33..].copy_from_slice(&self.s.to_be_bytes());
        bytes
    }

    /// The old 66 bytes `02 || x(R0) || s || flag`.
    pub fn to_old_bytes(&self) -> [u8; Self::OLD_LEN] {
        let mut bytes = [0; Self::OLD_LEN];
        bytes[..65].copy_from_slice(&self.to_bytes());
        bytes[65] = bytes[0] - 2;
        bytes[0] = 2;
        bytes
    }
}
