//! Proof that whoever registers a bitcoin key for an account of the chain holds its secret.
//!
//! Three forms, since wallets sign in three ways (`docs/spec/bitcoin-formats.md` §b.7): BIP-340 over the account's
//! bytes, BIP-322 and Bitcoin's old message signature over its text. What is proven is the x coordinate alone.

pub mod bip322;
pub mod ecdsa;
mod encoding;

use ballast_schnorr::{SigningKey, bip340};
use bitcoin::bech32::Bech32;
use bitcoin::bech32::primitives::decode::CheckedHrpstring;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::sign_message::MessageSignature;
use bitcoin::{Network, XOnlyPublicKey};
use thiserror::Error;

use self::bip322::{Bip322Error, SimpleSignature};
use self::ecdsa::EcdsaError;
pub use self::encoding::EncodingError;

#[cfg(test)]
mod tests;

/// An account of a chain whose addresses are bech32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    text: String,
    bytes: Vec<u8>,
}

impl Account {
    /// Reads an address of 20 or 32 bytes.
    ///
    /// # Errors
    /// [`PossessionError::Account`].
    pub fn parse(text: &str) -> Result<Self, PossessionError> {
        let refused = || PossessionError::Account { found: text.to_owned() };
        let address = CheckedHrpstring::new::<Bech32>(text).map_err(|_| refused())?;
        let bytes: Vec<u8> = address.byte_iter().collect();
        if ![20, 32].contains(&bytes.len()) {
            return Err(refused());
        }
        Ok(Self { text: text.to_owned(), bytes })
    }

    /// The address as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes that it encodes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A proof of possession.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Possession {
    /// BIP-340 over the SHA-256 of the account's bytes.
    Bip340(Signature),
    /// BIP-322, simple form, over the account's text.
    Bip322(SimpleSignature),
    /// Bitcoin's message signature over the account's text.
    Ecdsa(MessageSignature),
}

impl Possession {
    /// Shows possession in the first form, which needs no wallet.
    pub fn sign_bip340(key: &SigningKey, account: &Account, aux: &[u8; 32]) -> Self {
        Self::Bip340(bip340::sign(key, &bip340::digest(&account.bytes), aux))
    }

    /// Verifies that the owner of `key` takes `account` for it. Addresses in it are those of `network`.
    ///
    /// # Errors
    /// One variant per form.
    pub fn verify(
        &self,
        key: &XOnlyPublicKey,
        account: &Account,
        network: Network,
    ) -> Result<(), PossessionError> {
        match self {
            Self::Bip340(signature) => bip340::verify(key, &bip340::digest(&account.bytes), signature)
                .map_err(|_| PossessionError::Bip340),
            Self::Bip322(signature) => {
                let signer = signature.verify(account.text.as_bytes(), network)?;
                if signer.is(key) { Ok(()) } else { Err(PossessionError::OtherKey) }
            }
            Self::Ecdsa(signature) => match ecdsa::signer(&account.text, signature)? {
                signer if signer == *key => Ok(()),
                _ => Err(PossessionError::OtherKey),
            },
        }
    }

    /// The protobuf message of Babylon (§b.6).
    pub fn to_bytes(&self) -> Vec<u8> {
        encoding::encode(self)
    }

    /// Reads that message, in the one encoding that [`Possession::to_bytes`] gives.
    ///
    /// # Errors
    /// [`EncodingError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EncodingError> {
        encoding::decode(bytes)
    }
}

/// Why possession is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PossessionError {
    /// Not an account.
    #[error("'{found}' is no bech32 address of 20 or 32 bytes")]
    Account {
        /// The text.
        found: String,
    },
    /// The BIP-340 signature.
    #[error("the signature does not verify: sign the SHA-256 of the account's bytes, not of its text")]
    Bip340,
    /// The BIP-322 signature.
    #[error(transparent)]
    Bip322(#[from] Bip322Error),
    /// The message signature.
    #[error(transparent)]
    Ecdsa(#[from] EcdsaError),
    /// A valid signature by somebody else.
    #[error("the signature is by another key: sign with the key that is registered")]
    OtherKey,
}
