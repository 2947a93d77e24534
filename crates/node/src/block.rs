//! A block as the consensus engine sees it.
//!
//! The digest that the engine finalises is the Ethereum block hash, keccak256 of the header. The header commits to the
//! transactions and, in `extraData`, to the round in which it was proposed. A block is decoded strictly, so a digest
//! names one sequence of bytes and a peer cannot attach another body to a known hash.

use std::sync::Arc;

use alloy_primitives::B256;
use ballast_types::{Block, Extra, ExtraError, limits::MAX_BLOCK_SIZE};
use bytes::{BufMut, Bytes};
use commonware_codec::{
    Buf, Copying, DecodeExt as _, EncodeSize, Error as CodecError, RangeCfg, Read, Write,
    varint::MAX_U32_VARINT_SIZE,
};
use commonware_consensus::{
    Block as EngineBlock, BoundedBlock, CertifiableBlock, Heightable,
    simplex::types::Context,
    types::{Epoch, Height, Round, View},
};
use commonware_cryptography::{Digestible, ed25519::PublicKey, keccak256};
use thiserror::Error;

use crate::state::{self, SyncTarget};

/// The digest of a block: its Ethereum hash.
pub(crate) type Digest = keccak256::Digest;

/// The round in which a block is proposed, its proposer and its parent.
pub(crate) type RoundContext = Context<Digest, PublicKey>;

/// The Ethereum hash of a digest.
pub(crate) fn hash_of(digest: Digest) -> B256 {
    B256::new(digest.0)
}

/// Why a block cannot be given to the engine.
#[derive(Debug, Error)]
pub(crate) enum BlockFormError {
    /// `extraData` does not parse.
    #[error(transparent)]
    Extra(#[from] ExtraError),
    /// The header names no operations of the state store.
    #[error("extraData names no operations of the state store; even an empty one has its first commit")]
    NoOperations,
    /// The proposer's key is not an ed25519 key.
    #[error("proposer {0} is not an ed25519 public key")]
    Leader(B256),
}

/// A block with its digest, context and bytes. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct ChainBlock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    block: Block,
    extra: Extra,
    bytes: Bytes,
    digest: Digest,
    context: RoundContext,
    sync_target: SyncTarget,
}

impl ChainBlock {
    /// Wraps a block.
    ///
    /// # Errors
    /// [`BlockFormError`] if its `extraData` does not parse.
    pub(crate) fn new(block: Block) -> Result<Self, BlockFormError> {
        let bytes = block.encoded().into();
        Self::with_bytes(block, bytes)
    }

    fn with_bytes(block: Block, bytes: Bytes) -> Result<Self, BlockFormError> {
        let extra = block.extra()?;
        let digest = keccak256::Digest(block.hash().0);
        let leader = extra.context.leader;
        let sync_target = state::sync_target(&extra.operations).ok_or(BlockFormError::NoOperations)?;
        let context = RoundContext {
            round: Round::new(Epoch::new(extra.context.epoch), View::new(extra.context.view)),
            leader: PublicKey::decode(Copying(leader.as_slice()))
                .map_err(|_| BlockFormError::Leader(leader))?,
            parent: (View::new(extra.context.parent_view), keccak256::Digest(block.header.parent_hash.0)),
        };
        Ok(Self(Arc::new(Inner { block, extra, bytes, digest, context, sync_target })))
    }

    /// The block.
    pub(crate) fn block(&self) -> &Block {
        &self.0.block
    }

    /// Decoded `extraData`.
    pub(crate) fn extra(&self) -> &Extra {
        &self.0.extra
    }

    /// Ethereum hash of the block.
    pub(crate) fn hash(&self) -> B256 {
        hash_of(self.0.digest)
    }

    /// State store behind the header's state root.
    pub(crate) fn sync_target(&self) -> &SyncTarget {
        &self.0.sync_target
    }

    /// Block time, in milliseconds since the Unix epoch.
    pub(crate) fn time_ms(&self) -> u64 {
        self.0
            .block
            .header
            .timestamp
            .saturating_mul(1_000)
            .saturating_add(self.0.extra.timestamp_millis.into())
    }
}

impl Write for ChainBlock {
    fn write(&self, buf: &mut impl BufMut) {
        self.0.bytes.write(buf);
    }
}

impl EncodeSize for ChainBlock {
    fn encode_size(&self) -> usize {
        self.0.bytes.encode_size()
    }
}

impl Read for ChainBlock {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, CodecError> {
        let bytes = Bytes::read_cfg(buf, &RangeCfg::from(..=MAX_BLOCK_SIZE))?;
        let wrapped = |error| CodecError::Wrapped("block", Box::new(error));
        let block =
            Block::decode_exact(&bytes).map_err(|error| CodecError::Wrapped("block", Box::new(error)))?;
        Self::with_bytes(block, bytes).map_err(wrapped)
    }
}

impl Digestible for ChainBlock {
    type Digest = Digest;

    fn digest(&self) -> Digest {
        self.0.digest
    }
}

impl Heightable for ChainBlock {
    fn height(&self) -> Height {
        Height::new(self.0.block.header.number)
    }
}

impl EngineBlock for ChainBlock {
    fn parent(&self) -> Digest {
        keccak256::Digest(self.0.block.header.parent_hash.0)
    }
}

impl CertifiableBlock for ChainBlock {
    type Context = RoundContext;

    fn context(&self) -> RoundContext {
        self.0.context.clone()
    }
}

impl BoundedBlock for ChainBlock {
    fn max_encode_size((): &()) -> usize {
        MAX_U32_VARINT_SIZE + MAX_BLOCK_SIZE
    }
}

/// The 32 bytes of a network identity.
pub(crate) fn identity_bytes(key: &PublicKey) -> B256 {
    B256::from_slice(key.as_ref())
}

#[cfg(test)]
mod tests;
