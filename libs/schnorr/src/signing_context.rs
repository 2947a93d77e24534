//! Babylon's signing contexts, which one line of its releases put before what is signed
//! (`docs/spec/bitcoin-formats.md` §b.5).
//!
//! A context is `btcstaking/0/<purpose>/<chain id>/<module address>`; its SHA-256 in lower-case hex, 64 characters, comes
//! before the message. Babylon's present chains use none, and Ballast signs [`message`](crate::message)s of its own.

use std::fmt;

use thiserror::Error;

use crate::bip340::digest;

#[cfg(test)]
mod tests;

/// Protocol and version, before the purpose.
const PREFIX: &str = "btcstaking/0";

/// What is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A provider's proof of possession.
    ProviderPossession,
    /// A commitment to public randomness.
    RandomnessCommitment,
    /// A finality vote.
    FinalityVote,
    /// A staker's proof of possession.
    StakerPossession,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::ProviderPossession, Self::RandomnessCommitment, Self::FinalityVote, Self::StakerPossession];

    /// Its name in a context.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProviderPossession => "fp_pop",
            Self::RandomnessCommitment => "fp_rand_commit",
            Self::FinalityVote => "fp_fin_vote",
            Self::StakerPossession => "staker_pop",
        }
    }
}

/// One purpose on one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SigningContext<'a> {
    purpose: Purpose,
    chain_id: &'a str,
    module: &'a str,
}

impl<'a> SigningContext<'a> {
    /// The context of a purpose on the chain `chain_id`, for the account of the module that verifies.
    ///
    /// # Errors
    /// [`SigningContextError::Part`] when either is empty or has a slash, since two contexts could then be one text.
    pub fn new(purpose: Purpose, chain_id: &'a str, module: &'a str) -> Result<Self, SigningContextError> {
        for part in [chain_id, module] {
            if part.is_empty() || part.contains('/') {
                return Err(SigningContextError::Part { found: part.to_owned() });
            }
        }
        Ok(Self { purpose, chain_id, module })
    }

    /// Reads a context's text.
    ///
    /// # Errors
    /// [`SigningContextError`], one variant per cause.
    pub fn parse(text: &'a str) -> Result<Self, SigningContextError> {
        let rest = text.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('/'));
        let rest = rest.ok_or_else(|| SigningContextError::Prefix { found: text.to_owned() })?;
        let mut parts = rest.splitn(3, '/');
        let mut part = || parts.next().unwrap_or_default();
        let (name, chain_id, module) = (part(), part(), part());
        let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.name() == name);
        let purpose = purpose.ok_or_else(|| SigningContextError::Purpose { found: name.to_owned() })?;
        Self::new(purpose, chain_id, module)
    }

    /// The SHA-256 of the text.
    pub fn digest(&self) -> [u8; 32] {
        digest(self.to_string().as_bytes())
    }

    /// What comes before a signed message: the digest in lower-case hex.
    pub fn to_prefix(&self) -> String {
        self.digest().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for SigningContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { purpose, chain_id, module } = self;
        write!(f, "{PREFIX}/{}/{chain_id}/{module}", purpose.name())
    }
}

/// Why a text is no context.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SigningContextError {
    /// A chain id or an address that cannot stand in one.
    #[error("'{found}' in a signing context: it must not be empty and has no slash")]
    Part {
        /// The text.
        found: String,
    },
    /// Another protocol or version.
    #[error("signing context '{found}': it begins with {PREFIX}/")]
    Prefix {
        /// The text.
        found: String,
    },
    /// No such purpose.
    #[error("purpose '{found}': choose fp_pop, fp_rand_commit, fp_fin_vote or staker_pop")]
    Purpose {
        /// Its name.
        found: String,
    },
}
