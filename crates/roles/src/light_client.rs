//! The light client contract, read and fed through [`Chain`].

use alloy_primitives::{B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolError};
use ballast_bitcoin_light::MerkleBranch;
use ballast_types::{SystemContract, interfaces::ILightClient};
use bitcoin::{BlockHash, block::Header, consensus::serialize, hashes::Hash};

use crate::chain::{self, At, Chain, ChainError, send_duty};

/// The end of the best chain that the light client knows, and what bounds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainTip {
    /// The height of the last header.
    pub height: u32,
    /// Its hash.
    pub hash: BlockHash,
    /// The work from the base header on.
    pub work: U256,
    /// The height of the base header, below which nothing is known.
    pub base: u32,
    /// The most headers that one duty carries.
    pub max_headers: u32,
}

/// A header of the light client's best chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHeader {
    /// Its hash.
    pub hash: BlockHash,
    /// The work from the base header to this one.
    pub work: U256,
}

/// Reads the tip and the parameters.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn tip(chain: &impl Chain) -> Result<ChainTip, ChainError> {
    let parameters = read(chain, ILightClient::parametersCall {})?;
    let tip = read(chain, ILightClient::tipCall {})?;
    Ok(ChainTip {
        height: tip.height,
        hash: block_hash(tip.hash),
        work: tip.work,
        base: parameters.baseHeight,
        max_headers: parameters.maxHeaders,
    })
}

/// Reads the header at `height`; `None` off the best chain.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn header_at(chain: &impl Chain, height: u32) -> Result<Option<ChainHeader>, ChainError> {
    let hash = known(read(chain, ILightClient::hashAtCall { height }))?;
    let work = known(read(chain, ILightClient::workAtCall { height }))?;
    Ok(hash.zip(work).map(|(hash, work)| ChainHeader { hash: block_hash(hash), work }))
}

/// Hands `headers` in as a duty and returns its hash.
///
/// # Errors
/// [`ChainError::Refused`] when the mempool does not take it, or whatever keeps the node from answering.
pub fn submit(chain: &impl Chain, headers: &[Header]) -> Result<B256, ChainError> {
    let headers: Vec<u8> = headers.iter().flat_map(serialize).collect();
    send_duty(
        chain,
        SystemContract::LightClient,
        &ILightClient::submitHeadersCall { headers: headers.into() },
    )
}

fn read<C: SolCall>(chain: &impl Chain, call: C) -> Result<C::Return, ChainError> {
    chain::read(chain, At::Latest, SystemContract::LightClient, &call)
}

/// The siblings of a branch, as every contract that takes a proof of inclusion wants them.
#[must_use]
pub fn siblings(branch: &MerkleBranch) -> Vec<B256> {
    branch.siblings().iter().map(|sibling| sibling.to_byte_array().into()).collect()
}

/// What is not on the best chain is no error.
fn known<T>(answer: Result<T, ChainError>) -> Result<Option<T>, ChainError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(ChainError::Refused { data, .. }) if is_unknown_height(&data) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_unknown_height(data: &Bytes) -> bool {
    data.starts_with(&ILightClient::UnknownHeight::SELECTOR)
}

fn block_hash(word: B256) -> BlockHash {
    BlockHash::from_byte_array(word.0)
}
