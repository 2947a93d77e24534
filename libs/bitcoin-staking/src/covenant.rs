//! Who, or what, must agree before a stake leaves by its unbonding or its slashing path.
//!
//! Either a committee signs, or the script itself fixes both transactions ([`template`]). A committee of N keys agrees when exactly `quorum` of them have signed. Its keys differ and are
//! kept ascending by their 32 bytes, the order in which scripts name them
//! (`docs/spec/bitcoin-formats.md` §a.2).

use bitcoin::XOnlyPublicKey;
use thiserror::Error;

pub mod template;
#[cfg(test)]
mod tests;

pub use template::{Bip119, Template, TemplateError};

/// The party that restricts the two early paths of a stake.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Covenant {
    /// A committee pre-signs the unbonding and the slashing transactions.
    Committee(Committee),
    /// The script fixes both, and nobody signs for them but staker and provider.
    Template(Template),
}

impl Covenant {
    /// The committee, for the mode that has one.
    pub fn committee(&self) -> Option<&Committee> {
        match self {
            Self::Committee(committee) => Some(committee),
            Self::Template(_) => None,
        }
    }

    /// The template, for the mode that has one.
    pub fn template(&self) -> Option<&Template> {
        match self {
            Self::Committee(_) => None,
            Self::Template(template) => Some(template),
        }
    }
}

impl From<Committee> for Covenant {
    fn from(committee: Committee) -> Self {
        Self::Committee(committee)
    }
}

impl From<Template> for Covenant {
    fn from(template: Template) -> Self {
        Self::Template(template)
    }
}

/// Distinct keys, ascending, and how many of them must sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committee {
    keys: Vec<XOnlyPublicKey>,
    quorum: usize,
}

impl Committee {
    /// Sorts `keys`; any order is accepted.
    ///
    /// # Errors
    /// When there is no key, a key occurs twice, or `quorum` is not in `1..=keys.len()`.
    pub fn new(
        keys: impl IntoIterator<Item = XOnlyPublicKey>,
        quorum: usize,
    ) -> Result<Self, CommitteeError> {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_by_key(XOnlyPublicKey::serialize);
        if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(CommitteeError::DuplicateKey { key: pair[0] });
        }
        if quorum == 0 || quorum > keys.len() {
            return Err(CommitteeError::Quorum { quorum, members: keys.len() });
        }
        Ok(Self { keys, quorum })
    }

    /// The members' keys, ascending.
    pub fn keys(&self) -> &[XOnlyPublicKey] {
        &self.keys
    }

    /// How many members must sign: exactly this many, since scripts compare with OP_NUMEQUAL.
    pub fn quorum(&self) -> usize {
        self.quorum
    }

    /// Whether `key` is a member.
    pub fn contains(&self, key: &XOnlyPublicKey) -> bool {
        self.keys.contains(key)
    }

    /// Whether two quorums always share a member, which parameters demand (§f).
    pub fn is_majority(&self) -> bool {
        self.quorum * 2 > self.keys.len()
    }
}

/// Why keys and quorum make no committee.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CommitteeError {
    /// One key twice would let one member count as two.
    #[error("covenant key {key} is listed twice: list each member once")]
    DuplicateKey {
        /// The repeated key.
        key: XOnlyPublicKey,
    },
    /// Nobody, or more members than there are, would have to sign.
    #[error("quorum {quorum} of {members} covenant keys: choose a quorum from 1 to the number of keys")]
    Quorum {
        /// Signatures asked for.
        quorum: usize,
        /// Keys given.
        members: usize,
    },
}
