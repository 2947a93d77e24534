//! A checkpoint and its two parts on Bitcoin (`docs/spec/bitcoin-formats.md` §d).
//!
//! Both begin with the network's tag (4) and a byte of part and version. The first, 78 bytes: epoch (big-endian, 8),
//! block hash (32), bitmap (13), submitter (20). The second, 63 bytes: signature (48) and the first 10 bytes of the
//! SHA-256 of the first part without its header, so that parts of two checkpoints cannot be joined.

use bitcoin::hashes::{Hash, sha256};
use bitcoin::opcodes::all::OP_RETURN;
use bitcoin::script::{Instruction, PushBytes};
use bitcoin::{Script, ScriptBuf, Transaction};
use thiserror::Error;

use crate::bitmap::Bitmap;

#[cfg(test)]
mod tests;

/// The only version there is, the low half of a header's last byte.
const VERSION: u8 = 0;
/// Bytes of a header: tag, and part and version.
const HEADER: usize = 5;
/// Bytes of the first part behind its header.
const FIRST: usize = 73;
/// Bytes of the second part behind its header.
const SECOND: usize = 58;
/// Bytes of the first part's hash in the second.
const LINK: usize = 10;

/// A block hash of an epoch with the signatures under it. Whether these are valid, [`crate::quorum`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    /// The epoch.
    pub epoch: u64,
    /// The hash of its last block.
    pub block_hash: [u8; 32],
    /// Who signed.
    pub signers: Bitmap,
    /// The account that pays Bitcoin's fee and is repaid.
    pub submitter: [u8; 20],
    /// The aggregate signature of the signers, compressed.
    pub signature: [u8; 48],
}

impl Checkpoint {
    /// Bytes of a checkpoint in one piece.
    pub const BYTES: usize = FIRST + SECOND - LINK;

    /// The checkpoint in one piece: what both parts say, without headers and hash.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..FIRST].copy_from_slice(&self.first());
        bytes[FIRST..].copy_from_slice(&self.signature);
        bytes
    }

    /// The two parts, each for a transaction of its own.
    pub fn parts(&self) -> [Part; 2] {
        let first = self.first();
        [Part::First(first), Part::Second { signature: self.signature, link: link(&first) }]
    }

    /// Joins two parts.
    ///
    /// # Errors
    /// When they are not a first and a second part, or of two checkpoints.
    pub fn join(first: &Part, second: &Part) -> Result<Self, JoinError> {
        let (Part::First(first), Part::Second { signature, link: linked }) = (first, second) else {
            return Err(JoinError::Order);
        };
        if link(first) != *linked {
            return Err(JoinError::Link);
        }
        let (epoch, rest) = first.split_first_chunk().expect("a first part has 73 bytes");
        let (block_hash, rest) = rest.split_first_chunk().expect("a first part has 73 bytes");
        let (signers, rest) = rest.split_first_chunk().expect("a first part has 73 bytes");
        let submitter = rest.first_chunk().expect("a first part has 73 bytes");
        Ok(Self {
            epoch: u64::from_be_bytes(*epoch),
            block_hash: *block_hash,
            signers: Bitmap::from_bytes(*signers),
            submitter: *submitter,
            signature: *signature,
        })
    }

    fn first(&self) -> [u8; FIRST] {
        let mut bytes = [0; FIRST];
        bytes[..8].copy_from_slice(&self.epoch.to_be_bytes());
        bytes[8..40].copy_from_slice(&self.block_hash);
        bytes[40..53].copy_from_slice(&self.signers.to_bytes());
        bytes[53..].copy_from_slice(&self.submitter);
        bytes
    }
}

/// What one transaction carries, without its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Epoch, block hash, signers and submitter, as they stand in the transaction.
    First([u8; FIRST]),
    /// The signature, and what it is linked to.
    Second {
        /// The aggregate signature, compressed.
        signature: [u8; 48],
        /// The first bytes of the first part's SHA-256.
        link: [u8; LINK],
    },
}

impl Part {
    /// The bytes with their header.
    pub fn to_bytes(&self, tag: [u8; 4]) -> Vec<u8> {
        let header = |part: u8| [tag[0], tag[1], tag[2], tag[3], part << 4 | VERSION];
        match self {
            Self::First(body) => [&header(0)[..], body].concat(),
            Self::Second { signature, link } => [&header(1)[..], signature, link].concat(),
        }
    }

    /// Reads bytes; `None` when they are no part of a checkpoint under `tag`, which is no error.
    pub fn from_bytes(tag: [u8; 4], bytes: &[u8]) -> Option<Self> {
        let (header, body) = bytes.split_first_chunk::<HEADER>()?;
        if header[..4] != tag || header[4] & 0x0f != VERSION {
            return None;
        }
        match header[4] >> 4 {
            0 => Some(Self::First(body.try_into().ok()?)),
            1 => {
                let body: [u8; SECOND] = body.try_into().ok()?;
                let (signature, link) = body.split_first_chunk()?;
                Some(Self::Second { signature: *signature, link: link.try_into().ok()? })
            }
            _ => None,
        }
    }

    /// The `OP_RETURN` script.
    pub fn to_script(&self, tag: [u8; 4]) -> ScriptBuf {
        let bytes = self.to_bytes(tag);
        let data: &PushBytes =
            bytes.as_slice().try_into().expect("a part is shorter than the longest push of a script");
        ScriptBuf::new_op_return(data)
    }

    /// Reads a script; `None` as for [`Part::from_bytes`].
    pub fn from_script(tag: [u8; 4], script: &Script) -> Option<Self> {
        Self::from_bytes(tag, data(script)?)
    }

    /// The part that a transaction carries. A transaction with a second `OP_RETURN` carries none, so that nobody can be in
    /// doubt which one is meant.
    pub fn find(tag: [u8; 4], tx: &Transaction) -> Option<Self> {
        let mut carried = tx.output.iter().filter_map(|output| data(&output.script_pubkey));
        match (carried.next(), carried.next()) {
            (Some(bytes), None) => Self::from_bytes(tag, bytes),
            _ => None,
        }
    }
}

/// The data of a script that is `OP_RETURN` and one push, in its shortest form.
fn data(script: &Script) -> Option<&[u8]> {
    let mut instructions = script.instructions_minimal();
    match (instructions.next()?.ok()?, instructions.next()?.ok()?, instructions.next()) {
        (Instruction::Op(OP_RETURN), Instruction::PushBytes(data), None) => Some(data.as_bytes()),
        _ => None,
    }
}

fn link(first: &[u8; FIRST]) -> [u8; LINK] {
    let hash = sha256::Hash::hash(first).to_byte_array();
    *hash.first_chunk().expect("a hash has 32 bytes")
}

/// Why two parts are no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JoinError {
    /// The second names another first.
    #[error("the second part belongs to another first part: find the one whose hash it names")]
    Link,
    /// Not a first and a second.
    #[error("not a first and a second part: give them in this order")]
    Order,
}
