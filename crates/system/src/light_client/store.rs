//! Where the header chain lies in the contract's storage.
//!
//! | slot | name | type |
//! |---|---|---|
//! | 0 | network | `bytes4`, the network's message magic as a big-endian number |
//! | 1 | confirmation depth k | `uint32` |
//! | 2 | stale after | `uint64`, in seconds; 0 is never |
//! | 3 | base height | `uint32` |
//! | 4 | base parent | `bytes32`, the hash that the base header names as its parent |
//! | 5 | tip height | `uint32` |
//! | 6 | hash by height | `mapping(uint32 => bytes32)` |
//! | 7 | Merkle root by height | `mapping(uint32 => bytes32)` |
//! | 8 | summary by height | `mapping(uint32 => uint256)`, see [`Summary`] |
//! | 9 | height by hash | `mapping(bytes32 => uint32)` |
//!
//! A header's parent is the hash one height below, so it is not stored again. Heights above the tip and
//! hashes off the best chain are zero. Zero is also a valid height; hence a hash is on the chain when the
//! hash at the height found is this hash.

use alloy_primitives::{Address, B256, U256};
use ballast_bitcoin_light::{Extension, HeaderChain, HeaderRules, StoredHeader};
use ballast_types::{SystemContract, parameters::BitcoinParameters};
use bitcoin::{
    BlockHash, CompactTarget, Network, TxMerkleNode, Work,
    block::{Header, Version},
    hashes::Hash,
    p2p::Magic,
};

use crate::{
    layout::{Mapping, Slot, Word},
    storage::{Storage, StorageError},
};

const CONTRACT: Address = SystemContract::LightClient.address();
const NETWORK: Slot<u32> = Slot::new(CONTRACT, 0);
const CONFIRMATION_DEPTH: Slot<u32> = Slot::new(CONTRACT, 1);
const STALE_AFTER: Slot<u64> = Slot::new(CONTRACT, 2);
const BASE_HEIGHT: Slot<u32> = Slot::new(CONTRACT, 3);
const BASE_PARENT: Slot<B256> = Slot::new(CONTRACT, 4);
const TIP_HEIGHT: Slot<u32> = Slot::new(CONTRACT, 5);
const HASH: Mapping<u32, Slot<B256>> = Mapping::new(CONTRACT, 6);
const MERKLE_ROOT: Mapping<u32, Slot<B256>> = Mapping::new(CONTRACT, 7);
const SUMMARY: Mapping<u32, Slot<Summary>> = Mapping::new(CONTRACT, 8);
const HEIGHT: Mapping<B256, Slot<u32>> = Mapping::new(CONTRACT, 9);

/// The numbers of a header and the work up to it, in one word because a header's cost bounds the length of a
/// fork that one call can bring: 16 bytes work, then version, time, bits and nonce, 4 bytes each, all
/// big-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Summary {
    work: u128,
    version: i32,
    time: u32,
    bits: u32,
    nonce: u32,
}

impl Word for Summary {
    fn to_word(&self) -> U256 {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.work.to_be_bytes());
        bytes[16..20].copy_from_slice(&self.version.to_be_bytes());
        bytes[20..24].copy_from_slice(&self.time.to_be_bytes());
        bytes[24..28].copy_from_slice(&self.bits.to_be_bytes());
        bytes[28..].copy_from_slice(&self.nonce.to_be_bytes());
        U256::from_be_bytes(bytes)
    }

    fn from_word(word: U256) -> Option<Self> {
        let [.., version, time, bits, nonce] = be_words(word);
        let work = (word >> 128usize).to();
        Some(Self { work, version: version.cast_signed(), time, bits, nonce })
    }
}

impl From<&StoredHeader> for Summary {
    fn from(StoredHeader { header, work, .. }: &StoredHeader) -> Self {
        let work = U256::from_be_bytes(work.to_be_bytes());
        Self {
            work: work.try_into().expect("nobody has done 2^128 hashes"),
            version: header.version.to_consensus(),
            time: header.time,
            bits: header.bits.to_consensus(),
            nonce: header.nonce,
        }
    }
}

/// A hash as a word, in the byte order in which it is hashed.
pub(super) fn word<H: Hash<Bytes = [u8; 32]>>(hash: H) -> B256 {
    hash.to_byte_array().into()
}

/// The best chain behind the storage port.
pub(super) struct Best<'a>(pub(super) &'a mut dyn Storage);

impl Best<'_> {
    /// Writes the parameters and a chain of one header.
    pub(super) fn found(
        &mut self,
        parameters: &BitcoinParameters,
        base: &StoredHeader,
    ) -> Result<(), StorageError> {
        NETWORK.store(self.0, &u32::from_be_bytes(parameters.network.magic().to_bytes()))?;
        CONFIRMATION_DEPTH.store(self.0, &parameters.confirmation_depth)?;
        STALE_AFTER.store(self.0, &parameters.stale_after_s)?;
        BASE_HEIGHT.store(self.0, &base.height)?;
        BASE_PARENT.store(self.0, &word(base.header.prev_blockhash))?;
        self.put(base)?;
        TIP_HEIGHT.store(self.0, &base.height)
    }

    /// Writes a judged change: what is removed leaves no trace.
    pub(super) fn write(&mut self, extension: &Extension) -> Result<(), StorageError> {
        let tip = extension.new_tip();
        for removed in &extension.removed {
            HEIGHT.at(&word(removed.hash())).clear(self.0)?;
            if removed.height > tip.height {
                HASH.at(&removed.height).clear(self.0)?;
                MERKLE_ROOT.at(&removed.height).clear(self.0)?;
                SUMMARY.at(&removed.height).clear(self.0)?;
            }
        }
        for added in &extension.added {
            self.put(added)?;
        }
        TIP_HEIGHT.store(self.0, &tip.height)
    }

    fn put(&mut self, stored: &StoredHeader) -> Result<(), StorageError> {
        let (height, hash) = (stored.height, word(stored.hash()));
        HASH.at(&height).store(self.0, &hash)?;
        MERKLE_ROOT.at(&height).store(self.0, &word(stored.header.merkle_root))?;
        SUMMARY.at(&height).store(self.0, &stored.into())?;
        HEIGHT.at(&hash).store(self.0, &height)
    }

    /// The header rules of the network that the genesis chose.
    pub(super) fn rules(&mut self) -> Result<&'static HeaderRules, StorageError> {
        let magic = Magic::from_bytes(self.network()?);
        let rules = Network::from_magic(magic).map(HeaderRules::of);
        rules.ok_or_else(|| StorageError::Database(format!("the light client has no network {magic}")))
    }

    pub(super) fn network(&mut self) -> Result<[u8; 4], StorageError> {
        Ok(NETWORK.load(self.0)?.to_be_bytes())
    }

    pub(super) fn confirmation_depth(&mut self) -> Result<u32, StorageError> {
        CONFIRMATION_DEPTH.load(self.0)
    }

    pub(super) fn stale_after(&mut self) -> Result<u64, StorageError> {
        STALE_AFTER.load(self.0)
    }

    pub(super) fn base_height(&mut self) -> Result<u32, StorageError> {
        BASE_HEIGHT.load(self.0)
    }

    pub(super) fn tip_height(&mut self) -> Result<u32, StorageError> {
        TIP_HEIGHT.load(self.0)
    }

    /// The hash of the header at `height`; `None` off the best chain.
    pub(super) fn read_hash(&mut self, height: u32) -> Result<Option<BlockHash>, StorageError> {
        let hash = HASH.at(&height).load(self.0)?;
        Ok((!hash.is_zero()).then(|| BlockHash::from_byte_array(hash.0)))
    }

    /// The time of the header at a height of the best chain, in seconds.
    pub(super) fn time_at(&mut self, height: u32) -> Result<u32, StorageError> {
        Ok(SUMMARY.at(&height).load(self.0)?.time)
    }

    /// The Merkle root of the block at a height of the best chain.
    pub(super) fn merkle_root_at(&mut self, height: u32) -> Result<TxMerkleNode, StorageError> {
        Ok(TxMerkleNode::from_byte_array(MERKLE_ROOT.at(&height).load(self.0)?.0))
    }
}

impl HeaderChain for Best<'_> {
    type Error = StorageError;

    fn read_tip(&mut self) -> Result<StoredHeader, StorageError> {
        let height = self.tip_height()?;
        let missing =
            || StorageError::Database(format!("the light client has no header at its tip {height}"));
        self.read_header(height)?.ok_or_else(missing)
    }

    fn read_header(&mut self, height: u32) -> Result<Option<StoredHeader>, StorageError> {
        if self.read_hash(height)?.is_none() {
            return Ok(None);
        }
        let parent = if height == self.base_height()? {
            BASE_PARENT.load(self.0)?
        } else {
            HASH.at(&height.saturating_sub(1)).load(self.0)?
        };
        let Summary { work, version, time, bits, nonce } = SUMMARY.at(&height).load(self.0)?;
        let header = Header {
            version: Version::from_consensus(version),
            prev_blockhash: BlockHash::from_byte_array(parent.0),
            merkle_root: self.merkle_root_at(height)?,
            time,
            bits: CompactTarget::from_consensus(bits),
            nonce,
        };
        let work = Work::from_be_bytes(U256::from(work).to_be_bytes());
        Ok(Some(StoredHeader { header, height, work }))
    }

    fn read_height(&mut self, hash: &BlockHash) -> Result<Option<u32>, StorageError> {
        let height = HEIGHT.at(&word(*hash)).load(self.0)?;
        Ok((self.read_hash(height)? == Some(*hash)).then_some(height))
    }
}

/// A word as eight big-endian numbers.
fn be_words(word: U256) -> [u32; 8] {
    let bytes = word.to_be_bytes::<32>();
    let (chunks, _) = bytes.as_chunks::<4>();
    std::array::from_fn(|index| u32::from_be_bytes(chunks[index]))
}
