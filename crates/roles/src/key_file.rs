//! Files with one secret key, as `ballast key new` writes them: WIF, or 64 hex digits.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ballast_schnorr::{KeyError, SigningKey};
use bitcoin::PrivateKey;
use thiserror::Error;
use zeroize::Zeroizing;

/// Reads a key file. Roles ask a chain for what the key is good for, so a WIF key's network is not looked at.
///
/// # Errors
/// [`KeyFileError`] when there is no file, or no key in it.
pub fn read(path: &Path) -> Result<SigningKey, KeyFileError> {
    let unreadable = |source| KeyFileError::Unreadable { path: path.into(), source };
    let text = fs::read_to_string(path).map(Zeroizing::new).map_err(unreadable)?;
    if let Ok(mut key) = PrivateKey::from_wif(text.trim()) {
        let signing = SigningKey::new(key.inner);
        key.inner.non_secure_erase();
        return Ok(signing);
    }
    let mut bytes = Zeroizing::new([0; 32]);
    alloy_primitives::hex::decode_to_slice(text.trim(), bytes.as_mut_slice())
        .map_err(|_| KeyFileError::NoKey { path: path.into() })?;
    SigningKey::from_bytes(&bytes).map_err(|source| KeyFileError::OutOfRange { path: path.into(), source })
}

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error("cannot read the key file {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// Something else is in it.
    #[error(
        "{path} holds no key: expected one WIF private key or 64 hex digits; `ballast key new` makes one"
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The number is no key.
    #[error("{path} holds no key: {source}")]
    OutOfRange {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
}

#[cfg(test)]
mod tests;
