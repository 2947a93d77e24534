//! Duty transactions: calls to a system contract that prove themselves.
//!
//! A duty has no sender, nonce or fee. It is EIP-2718 type `0x42` with the payload RLP
//! `[chain_id, to, input]` and has exactly one encoding, so that its hash names it
//! (`docs/spec/ballast-wire.md`, "Duty transaction").

use alloy_primitives::{Address, B256, Bytes, ChainId, keccak256};
use alloy_rlp::{Decodable, Encodable, RlpDecodable, RlpEncodable};
use thiserror::Error;

use crate::limits::MAX_TRANSACTION_SIZE;

/// EIP-2718 type byte of a duty.
pub const DUTY_TYPE: u8 = 0x42;

/// What a duty proves. The order of the variants is the order of duties in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DutyKind {
    /// Bitcoin headers.
    Headers,
    /// Evidence of a double sign or a leaked key.
    Evidence,
    /// Proofs that a transaction is in Bitcoin's chain.
    Proofs,
    /// Finality votes at heights that are not final yet.
    Votes,
    /// Signatures of covenant members and custodians.
    Signatures,
    /// Votes that arrive after their height became final.
    LateVotes,
}

impl DutyKind {
    /// Every kind, in block order.
    pub const ALL: [Self; 6] =
        [Self::Headers, Self::Evidence, Self::Proofs, Self::Votes, Self::Signatures, Self::LateVotes];
}

/// A call to a system contract that proves itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, RlpEncodable, RlpDecodable)]
pub struct Duty {
    /// Chain the duty is for.
    pub chain_id: ChainId,
    /// System contract that is called.
    pub to: Address,
    /// ABI-encoded call.
    pub input: Bytes,
}

/// Why bytes are not a duty.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DutyError {
    /// The bytes are not RLP `[chain_id, to, input]` in its one encoding.
    #[error("duty is not canonical RLP [chain_id, to, input]: {0}")]
    Rlp(alloy_rlp::Error),
    /// Something follows the payload.
    #[error("{0} bytes follow the duty; remove them")]
    Trailing(usize),
    /// The first byte is not the duty type.
    #[error("a duty starts with type byte 0x42, found {found:#04x}")]
    Type {
        /// First byte found; zero for an empty input.
        found: u8,
    },
    /// The encoding is longer than a transaction may be.
    #[error("duty has {found} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Length found, in bytes.
        found: usize,
        /// Length allowed, in bytes.
        limit: usize,
    },
}

impl Duty {
    /// The one encoding: `0x42 ‖ RLP [chain_id, to, input]`.
    pub fn encoded(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 + self.length());
        out.push(DUTY_TYPE);
        self.encode(&mut out);
        out
    }

    /// keccak256 of [`Duty::encoded`].
    pub fn hash(&self) -> B256 {
        keccak256(self.encoded())
    }

    /// Parses the one encoding.
    ///
    /// # Errors
    /// [`DutyError`] for another type byte, RLP that is not canonical, trailing bytes or too many bytes.
    pub fn decode_exact(bytes: &[u8]) -> Result<Self, DutyError> {
        if bytes.len() > MAX_TRANSACTION_SIZE {
            return Err(DutyError::TooLarge { found: bytes.len(), limit: MAX_TRANSACTION_SIZE });
        }
        let [DUTY_TYPE, payload @ ..] = bytes else {
            return Err(DutyError::Type { found: bytes.first().copied().unwrap_or_default() });
        };
        let mut rest = payload;
        let duty = Self::decode(&mut rest).map_err(DutyError::Rlp)?;
        if !rest.is_empty() {
            return Err(DutyError::Trailing(rest.len()));
        }
        Ok(duty)
    }
}

#[cfg(test)]
mod tests;
