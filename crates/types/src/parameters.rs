//! The parameter file of a network: every number that its nodes must agree on, none of them a constant in code.
//!
//! Three files are built in (`networks/*.toml`, the table of `docs/spec/ballast-wire.md`); a genesis carries its
//! parameters in full, so a private network changes a field and not the program. Units are in the field names.

use alloy_primitives::{B256, Bytes, ChainId};
use serde::{Deserialize, Serialize};

use crate::duty::DutyKind;

mod check;

pub use check::ParametersError;

/// Virtual bytes of a sweep: one key-path input, one taproot output. A deposit pays for so many.
pub const SWEEP_VBYTES: u64 = 111;

/// Which of the three networks a parameter file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// Real bitcoin.
    Mainnet,
    /// Signet.
    Testnet,
    /// A private regtest.
    Devnet,
}

/// Every number of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Network the numbers are for; decides what a genesis may contain.
    pub network: Network,
    /// Blocks, gas and validators.
    pub chain: ChainParameters,
    /// How Bitcoin is followed.
    pub bitcoin: BitcoinParameters,
    /// Bitcoin stakes.
    pub staking: StakingParameters,
    /// Votes of the providers.
    pub finality: FinalityParameters,
    /// Deposits and payouts.
    pub custody: CustodyParameters,
    /// Liquid staking.
    pub vault: VaultParameters,
    /// The pool that buys stkBTC at once.
    pub pool: PoolParameters,
}

/// Blocks, gas and validators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainParameters {
    /// EVM chain id.
    pub chain_id: ChainId,
    /// Gas of the ordinary transactions of one block.
    pub gas_limit: u64,
    /// Lowest base fee, in wei per gas.
    pub base_fee_floor_wei: u64,
    /// Time between blocks that a proposer aims at, in milliseconds.
    pub block_time_ms: u64,
    /// Most that block time may advance from a block to its child, in milliseconds.
    pub max_step_ms: u64,
    /// Blocks of one epoch.
    pub epoch_blocks: u64,
    /// Fewest validators of a committee.
    pub min_validators: u32,
    /// Stake behind one seat of the committee, in sats.
    pub min_seat_stake_sat: u64,
    /// Gas of each kind of duty in one block, outside EIP-1559 accounting.
    pub duty_gas: DutyGas,
}

/// Gas budget of each kind of duty in one block, in the order in which a block carries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyGas {
    /// Gas for Bitcoin headers.
    pub headers: u64,
    /// Gas for evidence of a double sign or a leaked key.
    pub evidence: u64,
    /// Gas for proofs that a transaction is in Bitcoin's chain.
    pub proofs: u64,
    /// Gas for finality votes at heights that are not final yet.
    pub votes: u64,
    /// Gas for signatures of covenant members and custodians.
    pub signatures: u64,
    /// Gas for votes that arrive after their height became final.
    pub late_votes: u64,
}

impl DutyGas {
    /// Budget of one kind.
    pub const fn of(&self, kind: DutyKind) -> u64 {
        match kind {
            DutyKind::Headers => self.headers,
            DutyKind::Evidence => self.evidence,
            DutyKind::Proofs => self.proofs,
            DutyKind::Votes => self.votes,
            DutyKind::Signatures => self.signatures,
            DutyKind::LateVotes => self.late_votes,
        }
    }

    /// Budget of one kind, to count down.
    pub const fn of_mut(&mut self, kind: DutyKind) -> &mut u64 {
        match kind {
            DutyKind::Headers => &mut self.headers,
            DutyKind::Evidence => &mut self.evidence,
            DutyKind::Proofs => &mut self.proofs,
            DutyKind::Votes => &mut self.votes,
            DutyKind::Signatures => &mut self.signatures,
            DutyKind::LateVotes => &mut self.late_votes,
        }
    }
}

/// How Bitcoin is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BitcoinParameters {
    /// Bitcoin network.
    pub network: bitcoin::Network,
    /// k: blocks on top of a transaction's own until it counts (tip height - height).
    pub confirmation_depth: u32,
    /// w: the same for a checkpoint.
    pub timestamp_depth: u32,
    /// Age of the best header, in seconds of block time, beyond which the light client is stale; 0 is never.
    pub stale_after_s: u64,
}

/// Bitcoin stakes. Bitcoin-side sizes are as in `docs/spec/bitcoin-formats.md` §a.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StakingParameters {
    /// Shortest timelock of a stake, in Bitcoin blocks.
    pub min_staking_blocks: u16,
    /// Longest timelock of a stake, in Bitcoin blocks.
    pub max_staking_blocks: u16,
    /// Timelock of an unbonding output and of slashing change, in Bitcoin blocks.
    pub unbonding_blocks: u16,
    /// Fee of an unbonding transaction, in sats.
    pub unbonding_fee_sat: u64,
    /// Part of a stake that slashing takes, in basis points (1,000 is 0.1).
    pub slashing_rate_bp: u16,
    /// Lowest fee of a slashing transaction, in sats.
    pub min_slashing_fee_sat: u64,
    /// Script that receives what is slashed.
    pub slashing_script: Bytes,
    /// Smallest stake, in sats.
    pub min_stake_sat: u64,
    /// Size of one stake of the vault, in sats.
    pub vault_chunk_sat: u64,
    /// The covenant committee.
    pub covenant: Quorum,
    /// The covenant's keys, x-only; a genesis gives them. Without them the chain has no stakes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covenant_keys: Vec<B256>,
}

/// Votes of the providers. Blocks are those of this chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalityParameters {
    /// Blocks that a vote may be behind before its absence is a miss.
    pub grace_blocks: u32,
    /// Heights over which misses are counted.
    pub window_blocks: u32,
    /// Misses in one window that do not lead to jail yet.
    pub max_missed: u32,
    /// Length of a jail term, in seconds.
    pub jail_s: u32,
    /// Fewest heights of a commitment to randomness: at least twice the delay until it counts.
    pub min_commit_blocks: u32,
    /// How far ahead of the present block a commitment may reach.
    pub max_ahead_blocks: u32,
    /// Blocks for which late votes are taken and final heights are kept.
    pub late_blocks: u32,
}

/// Deposits and payouts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyParameters {
    /// The custodians.
    pub custodians: Quorum,
    /// Smallest deposit, in sats.
    pub min_deposit_sat: u64,
    /// Smallest payout, in sats.
    pub min_payout_sat: u64,
    /// Depth at which a deposit mints, by amount, smallest first; the last tier has no upper amount.
    pub deposit_depths: Vec<DepositDepth>,
    /// Timelock of a deposit's refund leaf, in Bitcoin blocks.
    pub refund_blocks: u16,
    /// What a deposit pays for its later spend, in sats per virtual byte of a sweep.
    pub sweep_fee_rate_sat_vb: u64,
    /// Lowest and first fee rate of an intent, in sats per virtual byte.
    pub min_fee_rate_sat_vb: u64,
    /// Highest fee rate of an intent, in sats per virtual byte.
    pub max_fee_rate_sat_vb: u64,
    /// Fewest blocks of this chain from one intent to the next.
    pub intent_interval_blocks: u64,
    /// Most inputs of an intent.
    pub max_inputs: u16,
    /// Most payouts of an intent.
    pub max_payouts: u16,
    /// Bitcoin blocks that an intent may stay unconfirmed until its fee is raised.
    pub rung_blocks: u32,
    /// Most that one payout intent pays while reserves are short, in sats.
    pub deficit_cap_sat: u64,
    /// Blocks of this chain that a custodian has for each round of a key ceremony.
    pub ceremony_round_blocks: u64,
    /// Timelock of the treasury's recovery leaf, in Bitcoin blocks.
    pub recovery_blocks: u16,
    /// Recovery keys that must sign.
    pub recovery_quorum: u16,
    /// The recovery keys, x-only; a genesis gives them together with `identities`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery_keys: Vec<B256>,
    /// The custodians' identity keys, x-only, custodian 1 first. Without them the chain has no custody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<B256>,
}

/// Liquid staking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultParameters {
    /// Most that the vault holds, in sats; beyond it nothing is staked any more, and deposits mint pBTC.
    pub cap_sat: u64,
    /// Least worth of a redemption, in sats.
    pub min_redeem_sat: u64,
}

/// The pool that buys stkBTC at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolParameters {
    /// Fee while nothing is lent out, in basis points; the rate of stkBTC rises by no more in one epoch.
    pub min_fee_bp: u16,
    /// Fee when everything is, in basis points.
    pub max_fee_bp: u16,
    /// Most that one sale is worth, in sats.
    pub max_sale_sat: u64,
    /// Blocks of one window.
    pub window_blocks: u64,
    /// Most that all sales of one window are worth, in sats.
    pub max_window_sat: u64,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quorum {
    /// Members that must sign.
    pub quorum: u16,
    /// Members in all.
    pub members: u16,
}

/// One tier of deposit depths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositDepth {
    /// Largest amount of the tier, in sats; none in the last tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to_sat: Option<u64>,
    /// Bitcoin blocks on top of the deposit's own: tip height - height.
    pub depth: u32,
}

impl Parameters {
    /// The built-in parameters of `network`.
    pub fn of(network: Network) -> Self {
        let file = match network {
            Network::Mainnet => include_str!("../networks/mainnet.toml"),
            Network::Testnet => include_str!("../networks/testnet.toml"),
            Network::Devnet => include_str!("../networks/devnet.toml"),
        };
        Self::from_toml(file).expect("a test parses every built-in file")
    }

    /// Parses and checks a parameter file.
    ///
    /// # Errors
    /// [`ParametersError`] for a syntax error, an unknown or missing field, or a number that breaks a rule.
    pub fn from_toml(text: &str) -> Result<Self, ParametersError> {
        let parameters: Self = toml::from_str(text)?;
        parameters.check()?;
        Ok(parameters)
    }
}

#[cfg(test)]
mod tests;
