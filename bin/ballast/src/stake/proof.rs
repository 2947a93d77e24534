//! The proof that a staking transaction is on Bitcoin, as the staking contract takes it.

use alloy_primitives::B256;
use anyhow::{Context, Result};
use ballast_bitcoin_light::{InclusionProof, MerkleBranch};
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

fn inclusion(proof: &InclusionProof) -> IStaking::InclusionProof {
    let InclusionProof { branch, coinbase } = proof;
    IStaking::InclusionProof {
        index: branch.index(),
        branch: siblings(branch),
        coinbase: coinbase.sha256.to_byte_array().into(),
        coinbaseBranch: siblings(&coinbase.branch),
    }
}

fn siblings(branch: &MerkleBranch) -> Vec<B256> {
    branch.siblings().iter().map(|sibling| sibling.to_byte_array().into()).collect()
}
