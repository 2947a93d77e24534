//! The proof that a staking transaction is on Bitcoin, as the staking contract takes it.

use anyhow::{Context, Result};
use ballast_bitcoin_light::InclusionProof;
use ballast_roles::staking::inclusion;
use ballast_types::interfaces::IStaking;
use bitcoin::hashes::Hash;
use bitcoin::{Block, Txid};

/// The call that registers a stake whose transaction is in `block`.
pub(super) fn anchored(
    registration: IStaking::Registration,
    block: &Block,
    txid: Txid,
) -> Result<IStaking::registerAnchoredStakeCall> {
    let index = block.txdata.iter().position(|tx| tx.compute_txid() == txid);
    let index = index.with_context(|| format!("block {} has no transaction {txid}", block.block_hash()))?;
    let proof = inclusion(&InclusionProof::from_block(block, index)?);
    let block_hash = block.block_hash().to_byte_array().into();
    Ok(IStaking::registerAnchoredStakeCall { registration, blockHash: block_hash, proof })
}
