//! The byte strings that Ballast signs (`docs/spec/ballast-wire.md`, "Signed messages").
//!
//! Every message is a tagged hash over the chain id and its fields, so a signature made for one purpose or one
//! chain is worth nothing for another. The 32 bytes returned here are the *message*: an EOTS hashes it itself,
//! a plain signature is over [`bip340::digest`](crate::bip340::digest) of it.

use crate::bip340::tagged_hash;

#[cfg(test)]
mod tests;

/// The role whose key a proof of possession speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Role {
    /// A finality provider's EOTS key.
    Provider = 1,
    /// A staker's bitcoin key.
    Staker = 2,
}

/// The context of nonce derivation on a Ballast chain: the text `ballast-<chain id>`.
pub fn nonce_context(chain_id: u64) -> String {
    format!("ballast-{chain_id}")
}

/// The message of a finality vote for a block at a height.
pub fn vote(chain_id: u64, height: u64, block_hash: &[u8; 32]) -> [u8; 32] {
    tagged_hash("ballast/vote/1", &[&chain_id.to_be_bytes(), &height.to_be_bytes(), block_hash])
}

/// The message under a commitment to the public randomness of `count` heights from `start` on.
pub fn commitment(chain_id: u64, start: u64, count: u64, root: &[u8; 32]) -> [u8; 32] {
    let chain_id = chain_id.to_be_bytes();
    tagged_hash("ballast/commit/1", &[&chain_id, &start.to_be_bytes(), &count.to_be_bytes(), root])
}

/// The message by which the owner of a bitcoin key takes an EVM address for it.
pub fn possession(chain_id: u64, address: &[u8; 20], role: Role) -> [u8; 32] {
    tagged_hash("ballast/pop/1", &[&chain_id.to_be_bytes(), address, &[role as u8]])
}

/// The message under what a custodian says in one round of a key ceremony.
pub fn ceremony(chain_id: u64, ceremony: &[u8; 32], round: u8, payload: &[u8]) -> [u8; 32] {
    tagged_hash("ballast/ceremony/1", &[&chain_id.to_be_bytes(), ceremony, &[round], payload])
}

/// The message under a custodian's view of the fee rate, in sats per 1,000 weight units, at a Bitcoin height.
pub fn fee_rate(chain_id: u64, height: u32, rate: u64) -> [u8; 32] {
    tagged_hash("ballast/fee/1", &[&chain_id.to_be_bytes(), &height.to_be_bytes(), &rate.to_be_bytes()])
}

/// The message under what one custodian asks of another in a signing session.
pub fn question(chain_id: u64, round: u8, body: &[u8]) -> [u8; 32] {
    tagged_hash("ballast/question/1", &[&chain_id.to_be_bytes(), &[round], body])
}
