//! The genesis file: parameters, first committee, and where Bitcoin's headers begin.
//!
//! The genesis block is derived from the file alone. Its state is the empty database, so what the file allocates is
//! written in block 1; it binds the file by carrying [`Genesis::hash`] in `mixHash`, and the first committee in `extraData`.
//! There is no premine: bitcoin enters by deposits only. `alloc` is for test funds and is refused outside a devnet.

use std::collections::BTreeMap;

use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, EMPTY_ROOT_HASH, Header};
use alloy_primitives::{Address, B256, FixedBytes, U256, keccak256};
use bitcoin::{
    XOnlyPublicKey,
    block::{BlockHash, Header as BitcoinHeader},
    consensus::deserialize,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    address::SystemContract,
    block::Block,
    extra::{ConsensusContext, Extra, ExtraError, OperationRange, ValidatorKeys, check_committee},
    parameters::{Network, Parameters, ParametersError},
};

/// Headers between two changes of Bitcoin's difficulty.
const RETARGET_BLOCKS: u32 = 2_016;
/// Headers that Bitcoin takes the median time over.
const MEDIAN_HEADERS: usize = 11;
/// Every bitcoin there can be, in wei: 21e6 × 1e18.
const MAX_SUPPLY_WEI: u128 = 21_000_000 * 1_000_000_000_000_000_000;

/// A genesis file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// Time of the genesis block, in milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
    /// Every number of the network.
    pub parameters: Parameters,
    /// First committee, strictly ascending by `ed25519`.
    pub validators: Vec<GenesisValidator>,
    /// Where the light client begins.
    pub bitcoin: BitcoinBase,
    /// The first providers, at most as many as a snapshot has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<GenesisProvider>,
    /// Test funds, in wei by address; a devnet only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub alloc: BTreeMap<Address, U256>,
}

/// A validator of the first committee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisValidator {
    /// Public keys.
    #[serde(flatten)]
    pub keys: ValidatorKeys,
    /// BLS12-381 proof of possession of `bls`, a compressed G1 point. Without it one validator could choose a key
    /// that cancels others in an aggregate. The consensus engine's node verifies it.
    pub possession: FixedBytes<48>,
}

/// A provider of the genesis. Who writes the genesis answers for the key, so there is no proof of possession; its first
/// commitment to randomness is part of the genesis, so that it counts at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisProvider {
    /// Its x-only key.
    pub key: B256,
    /// Its account.
    pub owner: Address,
    /// Its commission, in basis points.
    pub commission_bp: u16,
    /// First height of its commitment; at least 1.
    pub start: u64,
    /// Heights of its commitment.
    pub count: u64,
    /// Merkle root of its public randomness.
    pub root: B256,
}

/// Consecutive Bitcoin headers that are taken as given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BitcoinBase {
    /// Height of the first header; a multiple of 2,016, since later targets are computed from it.
    pub height: u32,
    /// Headers, 80 bytes each; at least 11 unless they begin at Bitcoin's genesis, since time rules look back that far.
    pub headers: Vec<FixedBytes<80>>,
}

/// Why a genesis file is refused.
#[derive(Debug, Error)]
pub enum GenesisError {
    /// Not TOML with exactly the fields of [`Genesis`].
    #[error("genesis is not valid TOML for this version: {0}")]
    Toml(#[from] toml::de::Error),
    /// Not JSON with exactly the fields of [`Genesis`].
    #[error("genesis is not valid JSON for this version: {0}")]
    Json(#[from] serde_json::Error),
    /// A parameter breaks a rule.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// Fewer validators than the parameters ask for.
    #[error("genesis has {found} validators, the parameters ask for at least {needed}")]
    TooFewValidators {
        /// Validators in the file.
        found: usize,
        /// Validators needed.
        needed: u32,
    },
    /// The committee is too large or not sorted.
    #[error("genesis validators: {0}")]
    Committee(ExtraError),
    /// Two validators have one BLS key.
    #[error("validator {0} repeats the bls key of another; every validator needs its own")]
    RepeatedBlsKey(usize),
    /// The first header does not start a difficulty period.
    #[error("bitcoin.height = {0} must be a multiple of 2016")]
    BaseHeight(u32),
    /// Too few headers to judge the time of the next one.
    #[error("bitcoin.headers has {found} headers, at least {needed} are needed")]
    TooFewHeaders {
        /// Headers in the file.
        found: usize,
        /// Headers needed.
        needed: usize,
    },
    /// A header does not follow the one before it.
    #[error("bitcoin.headers[{index}] follows {found}, but the header before it is {expected}")]
    BrokenChain {
        /// Position in the list.
        index: usize,
        /// Hash of the header before it.
        expected: BlockHash,
        /// Hash that it names as its parent.
        found: BlockHash,
    },
    /// A provider without a covenant, with a key that is none or is another's, or with numbers out of range.
    #[error("providers[{index}]: {reason}")]
    Provider {
        /// Position in the list.
        index: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// Funds outside a devnet, at a system contract, or more than there can be bitcoin.
    #[error("alloc is refused: {0}")]
    Alloc(&'static str),
}

impl Genesis {
    /// Parses and checks a genesis in TOML.
    ///
    /// # Errors
    /// [`GenesisError`] for a syntax error, an unknown or missing field, or a value that breaks a rule.
    pub fn from_toml(text: &str) -> Result<Self, GenesisError> {
        let genesis: Self = toml::from_str(text)?;
        genesis.check().map(|()| genesis)
    }

    /// Parses and checks a genesis in JSON.
    ///
    /// # Errors
    /// [`GenesisError`] for a syntax error, an unknown or missing field, or a value that breaks a rule.
    pub fn from_json(text: &str) -> Result<Self, GenesisError> {
        let genesis: Self = serde_json::from_str(text)?;
        genesis.check().map(|()| genesis)
    }

    /// Compact JSON: the encoding that is hashed. Keys stand in the order of the fields, `alloc` is sorted.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("string keys and plain values always serialise")
    }

    /// keccak256 of [`Genesis::to_json`]. Two files with one hash are one chain, whatever their layout.
    pub fn hash(&self) -> B256 {
        keccak256(self.to_json())
    }

    /// Checks every rule but the BLS proofs of possession.
    ///
    /// # Errors
    /// [`GenesisError`] names the first rule that is broken.
    pub fn check(&self) -> Result<(), GenesisError> {
        self.parameters.check()?;
        self.check_validators()?;
        self.bitcoin.check()?;
        self.check_providers()?;
        self.check_alloc()
    }

    /// Keys of the first committee.
    pub fn committee(&self) -> Vec<ValidatorKeys> {
        self.validators.iter().map(|validator| validator.keys).collect()
    }

    /// The genesis block. `state_root` and `operations` are those of the node's empty state store.
    pub fn block(&self, state_root: B256, operations: OperationRange) -> Block {
        let extra = Extra {
            context: ConsensusContext::default(),
            timestamp_millis: (self.timestamp_ms % 1_000) as u16,
            operations,
            next_committee: self.committee(),
        };
        let header = Header {
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            beneficiary: SystemContract::Rewards.address(),
            state_root,
            transactions_root: EMPTY_ROOT_HASH,
            receipts_root: EMPTY_ROOT_HASH,
            gas_limit: self.parameters.chain.gas_limit,
            timestamp: self.timestamp_ms / 1_000,
            extra_data: extra.encoded(),
            mix_hash: self.hash(),
            base_fee_per_gas: Some(self.parameters.chain.base_fee_floor_wei),
            ..Header::default()
        };
        Block { header, transactions: Vec::new() }
    }

    fn check_validators(&self) -> Result<(), GenesisError> {
        let (found, needed) = (self.validators.len(), self.parameters.chain.min_validators);
        if (found as u64) < u64::from(needed) {
            return Err(GenesisError::TooFewValidators { found, needed });
        }
        check_committee(&self.committee()).map_err(GenesisError::Committee)?;
        let repeats = |at: &usize| {
            let (before, validator) = (&self.validators[..*at], &self.validators[*at]);
            before.iter().any(|other| other.keys.bls == validator.keys.bls)
        };
        (0..found).find(repeats).map_or(Ok(()), |at| Err(GenesisError::RepeatedBlsKey(at)))
    }

    fn check_providers(&self) -> Result<(), GenesisError> {
        let staking = &self.parameters.staking;
        for (index, provider) in self.providers.iter().enumerate() {
            let earlier = &self.providers[..index];
            let repeats =
                |other: &GenesisProvider| other.key == provider.key || other.owner == provider.owner;
            let reason = if staking.covenant_keys.is_empty() {
                "there is no covenant: give staking.covenant_keys"
            } else if XOnlyPublicKey::from_slice(provider.key.as_slice()).is_err() {
                "the key is no x-only public key"
            } else if staking.covenant_keys.contains(&provider.key) {
                "the key is a covenant member's"
            } else if earlier.iter().any(repeats) {
                "the key or the account is another provider's"
            } else if provider.commission_bp > 10_000 {
                "a commission is at most 10000 basis points"
            } else if provider.start == 0 || provider.count == 0 {
                "a commitment starts at height 1 or later and covers at least one height"
            } else if provider.start.checked_add(provider.count).is_none() {
                "the commitment ends beyond the last height that there can be"
            } else {
                continue;
            };
            return Err(GenesisError::Provider { index, reason });
        }
        Ok(())
    }

    fn check_alloc(&self) -> Result<(), GenesisError> {
        if self.alloc.is_empty() {
            return Ok(());
        }
        if self.parameters.network != Network::Devnet {
            return Err(GenesisError::Alloc("only a devnet may have test funds; bitcoin enters by deposits"));
        }
        if self.alloc.keys().any(|address| SystemContract::at(*address).is_some()) {
            return Err(GenesisError::Alloc("a system contract cannot be given funds"));
        }
        let total = self.alloc.values().try_fold(U256::ZERO, |sum, wei| sum.checked_add(*wei));
        if total.is_none_or(|total| total > U256::from(MAX_SUPPLY_WEI)) {
            return Err(GenesisError::Alloc("the sum exceeds 21 million bitcoin in wei"));
        }
        Ok(())
    }
}

impl BitcoinBase {
    /// The headers, parsed.
    pub fn parsed(&self) -> Vec<BitcoinHeader> {
        let parse =
            |bytes: &FixedBytes<80>| deserialize(bytes.as_slice()).expect("any 80 bytes are a header");
        self.headers.iter().map(parse).collect()
    }

    fn check(&self) -> Result<(), GenesisError> {
        if !self.height.is_multiple_of(RETARGET_BLOCKS) {
            return Err(GenesisError::BaseHeight(self.height));
        }
        let needed = if self.height == 0 { 1 } else { MEDIAN_HEADERS };
        let found = self.headers.len();
        if found < needed {
            return Err(GenesisError::TooFewHeaders { found, needed });
        }
        let headers = self.parsed();
        for (at, pair) in headers.windows(2).enumerate() {
            let (expected, found) = (pair[0].block_hash(), pair[1].prev_blockhash);
            if expected != found {
                return Err(GenesisError::BrokenChain { index: at + 1, expected, found });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
