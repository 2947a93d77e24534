//! The Bitcoin header chain, kept by proof of work alone.
//!
//! The contract holds the best header chain from a base header on. [`submit`] takes a list of headers that
//! starts right after a header of that chain, if every one follows the rules of its network
//! ([`ballast_bitcoin_light::extend`]) and the work at its end is strictly more than the tip's. What it
//! replaces is removed, however deep: a reorganisation never halts the chain, and the new tip may be lower
//! than the old one. "Now" is the time of the block, so no header is more than two hours ahead of it.
//!
//! The rule judges first and writes afterwards: a refused list leaves nothing behind. A list that adds
//! nothing is refused, which is what makes it safe as a fee-free duty. A fork must come in one list, so
//! [`MAX_HEADERS`] and the gas of a duty bound how deep a reorganisation can be followed.
//!
//! When the tip is older than `stale_after` the light client is *stale* ([`is_stale`]): whoever relies on
//! Bitcoin's present must stop.
//!
//! Formats and header rules: `docs/spec/bitcoin-formats.md` §e.

use alloy_primitives::U256;
use alloy_sol_types::SolEvent;
use ballast_bitcoin_light::{
    BaseError, ExtendError, Extension, HeaderChain, HeaderError, HeaderRules, InclusionProof, StoredHeader,
    extend, judge::MEDIAN_WINDOW,
};
use ballast_types::{
    SystemContract, genesis::BitcoinBase, interfaces::ILightClient, parameters::BitcoinParameters,
};
use bitcoin::{BlockHash, Transaction, Txid, block::Header, consensus::deserialize};
use thiserror::Error;

use crate::storage::{Storage, StorageError};

pub(crate) mod dispatch;
mod error;
mod store;

pub use error::LightClientError;
use store::{Best, word};

/// The most headers that one call takes.
pub const MAX_HEADERS: usize = 100;

/// The length of a header, in bytes.
pub const HEADER_SIZE: usize = 80;

/// Gas for judging one header: two double hashes and the difficulty, priced like the SHA256 precompile.
pub const HEADER_GAS: u64 = 400;

/// Gas for each 32 bytes of a transaction that is parsed and hashed twice.
pub const TRANSACTION_WORD_GAS: u64 = 48;

/// Gas for each step of a Merkle path: one double hash of 64 bytes.
pub const SIBLING_GAS: u64 = 168;

/// Writes the base header, the headers that the genesis gives above it, and the parameters. Runs once, in
/// block 1.
///
/// # Errors
/// [`GenesisError`] says what is wrong with the genesis.
pub fn initialise(
    storage: &mut dyn Storage,
    parameters: &BitcoinParameters,
    base: &BitcoinBase,
) -> Result<(), GenesisError> {
    let headers = base.parsed();
    let (first, above) = headers.split_first().ok_or(HeaderError::Empty)?;
    let rules = HeaderRules::of(parameters.network);
    let base = StoredHeader::base(rules, *first, base.height)?;
    let mut best = Best(storage);
    best.found(parameters, &base)?;
    if !above.is_empty() {
        let now = best.0.block().timestamp;
        let extension = extend(rules, &mut best, above, now)?;
        best.write(&extension)?;
    }
    Ok(())
}

/// Takes `bytes`, a list of headers, and logs what changed.
///
/// # Errors
/// [`LightClientError`] with the first rule that is broken; nothing is written then.
pub fn submit(storage: &mut dyn Storage, bytes: &[u8]) -> Result<Extension, LightClientError> {
    let headers = parse(bytes)?;
    storage.charge(HEADER_GAS * headers.len() as u64)?;
    let rules = Best(storage).rules()?;
    take(storage, rules, &headers)
}

/// Judges `headers` by `rules`, writes what they change and logs it.
fn take(
    storage: &mut dyn Storage,
    rules: &HeaderRules,
    headers: &[Header],
) -> Result<Extension, LightClientError> {
    let now = storage.block().timestamp;
    let mut best = Best(storage);
    let extension = extend(rules, &mut best, headers, now)?;
    best.write(&extension)?;
    log(storage, &extension)?;
    Ok(extension)
}

/// The last header of the best chain.
///
/// # Errors
/// The port refused.
pub fn tip(storage: &mut dyn Storage) -> Result<StoredHeader, StorageError> {
    Best(storage).read_tip()
}

/// The header of the best chain at `height`.
///
/// # Errors
/// [`LightClientError::UnknownHeight`] below the base and above the tip, or the port refused.
pub fn header_at(storage: &mut dyn Storage, height: u32) -> Result<StoredHeader, LightClientError> {
    Best(storage).read_header(height)?.ok_or(LightClientError::UnknownHeight { height })
}

/// The hash of the header of the best chain at `height`.
///
/// # Errors
/// [`LightClientError::UnknownHeight`] below the base and above the tip, or the port refused.
pub fn hash_at(storage: &mut dyn Storage, height: u32) -> Result<BlockHash, LightClientError> {
    Best(storage).read_hash(height)?.ok_or(LightClientError::UnknownHeight { height })
}

/// The height of a block of the best chain.
///
/// # Errors
/// [`LightClientError::UnknownBlock`] when it is not on it, or the port refused.
pub fn height_of(storage: &mut dyn Storage, hash: BlockHash) -> Result<u32, LightClientError> {
    Best(storage).read_height(&hash)?.ok_or(LightClientError::UnknownBlock { hash })
}

/// The height of a block, `None` when it is not on the best chain.
///
/// # Errors
/// The port refused.
pub fn find(storage: &mut dyn Storage, hash: BlockHash) -> Result<Option<u32>, StorageError> {
    Best(storage).read_height(&hash)
}

/// The hash of the block at `height` of the best chain, `None` below the base and above the tip.
///
/// # Errors
/// The port refused.
pub fn find_at(storage: &mut dyn Storage, height: u32) -> Result<Option<BlockHash>, StorageError> {
    Best(storage).read_hash(height)
}

/// The height of the best chain's tip.
///
/// # Errors
/// The port refused.
pub fn tip_height(storage: &mut dyn Storage) -> Result<u32, StorageError> {
    Best(storage).tip_height()
}

/// k: blocks on top of and including a transaction's own until it counts.
///
/// # Errors
/// The port refused.
pub fn confirmation_depth(storage: &mut dyn Storage) -> Result<u32, StorageError> {
    Best(storage).confirmation_depth()
}

/// Blocks of the best chain from `hash` to the tip, both counted, as Bitcoin Core counts; 0 when the block is
/// not on it.
///
/// # Errors
/// The port refused.
pub fn confirmations(storage: &mut dyn Storage, hash: BlockHash) -> Result<u32, StorageError> {
    let mut best = Best(storage);
    let Some(height) = best.read_height(&hash)? else { return Ok(0) };
    let tip = best.tip_height()?;
    Ok(ballast_bitcoin_light::confirmations(tip, height).unwrap_or_default())
}

/// The median time of the last eleven headers, or of as many as there are, in seconds (BIP-113).
///
/// # Errors
/// The port refused.
pub fn median_time(storage: &mut dyn Storage) -> Result<u32, StorageError> {
    let mut best = Best(storage);
    let (base, tip) = (best.base_height()?, best.tip_height()?);
    let first = base.max(tip.saturating_sub(MEDIAN_WINDOW as u32 - 1));
    let mut times = (first..=tip).map(|height| best.time_at(height)).collect::<Result<Vec<_>, _>>()?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

/// Whether the tip's own time lies more than `stale_after` seconds before the time of this block; never if
/// `stale_after` is 0.
///
/// # Errors
/// The port refused.
pub fn is_stale(storage: &mut dyn Storage) -> Result<bool, StorageError> {
    let now = storage.block().timestamp;
    let mut best = Best(storage);
    let stale_after = best.stale_after()?;
    let tip = best.tip_height()?;
    let age = now.saturating_sub(best.time_at(tip)?.into());
    Ok(stale_after != 0 && age > stale_after)
}

/// Checks that `transaction`, in consensus encoding with or without its witness, is in the block `hash` of
/// the best chain.
///
/// # Errors
/// [`LightClientError`] says what is missing.
pub fn verify_inclusion(
    storage: &mut dyn Storage,
    transaction: &[u8],
    hash: BlockHash,
    proof: &InclusionProof,
) -> Result<(Transaction, Txid), LightClientError> {
    let siblings = proof.branch.depth() + proof.coinbase.branch.depth();
    let gas = TRANSACTION_WORD_GAS * transaction.len().div_ceil(32) as u64 + SIBLING_GAS * siblings as u64;
    storage.charge(gas)?;
    let height = height_of(storage, hash)?;
    let root = Best(storage).merkle_root_at(height)?;
    let transaction: Transaction =
        deserialize(transaction).map_err(|_| LightClientError::MalformedTransaction)?;
    let txid = proof.verify(&transaction, root)?;
    Ok((transaction, txid))
}

/// Splits `bytes` into headers.
fn parse(bytes: &[u8]) -> Result<Vec<Header>, LightClientError> {
    let (chunks, rest) = bytes.as_chunks::<HEADER_SIZE>();
    if !rest.is_empty() {
        return Err(LightClientError::PartialHeader { length: bytes.len() });
    }
    if chunks.len() > MAX_HEADERS {
        return Err(LightClientError::TooManyHeaders { found: chunks.len(), limit: MAX_HEADERS });
    }
    Ok(chunks.iter().map(|chunk| deserialize(chunk).expect("any 80 bytes are a header")).collect())
}

fn log(storage: &mut dyn Storage, extension: &Extension) -> Result<(), StorageError> {
    let contract = SystemContract::LightClient.address();
    let (fork, old, new) = (&extension.fork, extension.old_tip(), extension.new_tip());
    let tip = word(new.hash());
    if !extension.removed.is_empty() {
        let event = ILightClient::Reorganised {
            removedTip: word(old.hash()),
            newTip: tip,
            forkHeight: fork.height,
            removedHeight: old.height,
        };
        storage.emit(contract, event.encode_log_data())?;
    }
    let work = U256::from_be_bytes(new.work.to_be_bytes());
    let event = ILightClient::HeadersAccepted { tip, height: new.height, work };
    storage.emit(contract, event.encode_log_data())
}

/// Why a genesis cannot start the light client.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GenesisError {
    /// The base header cannot start a chain.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// The headers do not follow from the base header.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<ExtendError<StorageError>> for GenesisError {
    fn from(error: ExtendError<StorageError>) -> Self {
        match error {
            ExtendError::Header(error) => Self::Header(error),
            ExtendError::Chain(error) => Self::Storage(error),
        }
    }
}

#[cfg(test)]
mod tests;
