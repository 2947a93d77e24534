//! Why custody says no, in Rust and in Solidity.

use alloy_primitives::{B256, U256};
use ballast_bitcoin_light::InclusionError;
use ballast_custody::payee::PayeeError;
use ballast_types::interfaces::ICustody;
use bitcoin::ScriptBuf;
use thiserror::Error;

use crate::{contract::CallError, light_client::LightClientError, storage::StorageError};

/// Why custody refuses a proof, an attestation or an intent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CustodyError {
    /// No key ceremony has ended.
    #[error("custody has no group key yet: wait for the key ceremony")]
    NoKey,
    /// The light client does not know Bitcoin's present.
    #[error("the light client's tip is too old: bring headers first")]
    Stale,
    /// The transaction is not proven.
    #[error(transparent)]
    Proof(#[from] LightClientError),
    /// Newly mined bitcoin.
    #[error("a coinbase is no deposit: it cannot be spent for 100 blocks")]
    Coinbase,
    /// Not deep enough.
    #[error("the block has {found} blocks on top, {expected} are needed: wait")]
    Shallow {
        /// Blocks needed.
        expected: u32,
        /// Blocks found.
        found: u32,
    },
    /// No deposit has such terms.
    #[error("a deposit's action is 0 or 1 and its refund key a curve point or zero")]
    Malformed,
    /// Other terms than the address stands for.
    #[error("output {vout} does not pay this deposit's address: check recipient, action and refund key")]
    OtherAddress {
        /// Position of the output.
        vout: u32,
    },
    /// Below the minimum.
    #[error("a deposit is at least {minimum} sats, found {found}")]
    TooSmall {
        /// Least deposit, in sats.
        minimum: u64,
        /// Sats found.
        found: u64,
    },
    /// The outpoint counts once.
    #[error("the output is coin {coin} already: nothing is left to prove")]
    Known {
        /// The coin.
        coin: u64,
    },
    /// Not an unspent output of custody's.
    #[error("output {vout} of {txid} is no unspent coin of custody's")]
    UnknownCoin {
        /// The transaction, in hash order.
        txid: B256,
        /// Position of the output.
        vout: u32,
    },
    /// Its block stands.
    #[error("coin {coin} has a block on the best chain: nothing is left to prove")]
    Anchored {
        /// The coin.
        coin: u64,
    },
    /// Reserves are short.
    #[error("reserves lack {missing} sats: nothing is minted until they are proven again")]
    Deficit {
        /// Sats missing.
        missing: u64,
    },
    /// Not a transaction that custody was to sign.
    #[error("no intent has transaction {txid}")]
    UnknownIntent {
        /// The transaction, in hash order.
        txid: B256,
    },
    /// Settled before.
    #[error("intent {intent} is settled: nothing is left to prove")]
    Settled {
        /// The intent.
        intent: u64,
    },
    /// Not a custodian's word.
    #[error("custodian {custodian} did not sign this: check number, height, rate and chain id")]
    NotSigned {
        /// The custodian named.
        custodian: u16,
    },
    /// Too old, repeated, or from the future.
    #[error("an attestation at height {found} is not due: attest a height from {lowest} to {highest}")]
    AttestationHeight {
        /// Lowest height taken.
        lowest: u32,
        /// The tip.
        highest: u32,
        /// Height attested.
        found: u32,
    },
    /// No intent follows from the present state.
    #[error("nothing is due: wait for payouts, confirmations or the next interval")]
    NothingDue,
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<InclusionError> for CustodyError {
    fn from(error: InclusionError) -> Self {
        Self::Proof(error.into())
    }
}

impl From<CustodyError> for CallError {
    fn from(error: CustodyError) -> Self {
        match error {
            CustodyError::NoKey => Self::revert(&ICustody::NoKey {}),
            CustodyError::Stale => Self::revert(&ICustody::Stale {}),
            CustodyError::Proof(error) => error.into(),
            CustodyError::Coinbase => Self::revert(&ICustody::Coinbase {}),
            CustodyError::Shallow { expected, found } => Self::revert(&ICustody::Shallow { expected, found }),
            CustodyError::Malformed => Self::revert(&ICustody::MalformedDeposit {}),
            CustodyError::OtherAddress { vout } => Self::revert(&ICustody::OtherAddress { vout }),
            CustodyError::TooSmall { minimum, found } => {
                Self::revert(&ICustody::DepositTooSmall { minimum, found })
            }
            CustodyError::Known { coin } => Self::revert(&ICustody::KnownCoin { coin }),
            CustodyError::UnknownCoin { txid, vout } => Self::revert(&ICustody::UnknownCoin { txid, vout }),
            CustodyError::Anchored { coin } => Self::revert(&ICustody::AlreadyAnchored { coin }),
            CustodyError::Deficit { missing } => Self::revert(&ICustody::Deficit { missing }),
            CustodyError::UnknownIntent { txid } => Self::revert(&ICustody::UnknownIntent { txid }),
            CustodyError::Settled { intent } => Self::revert(&ICustody::AlreadySettled { intent }),
            CustodyError::NotSigned { custodian } => Self::revert(&ICustody::NotSigned { custodian }),
            CustodyError::AttestationHeight { lowest, highest, found } => {
                Self::revert(&ICustody::AttestationHeight { lowest, highest, found })
            }
            CustodyError::NothingDue => Self::revert(&ICustody::NothingDue {}),
            CustodyError::Storage(error) => error.into(),
        }
    }
}

/// Why custody refuses to take or give back an escrow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayoutError {
    /// A type that is not paid.
    #[error("payouts go to P2PKH, P2SH, P2WPKH, P2WSH or P2TR, found {script}: give such an address")]
    ScriptType {
        /// The script.
        script: ScriptBuf,
    },
    /// Nobody's script, or an amount that cannot be paid.
    #[error(transparent)]
    Payee(#[from] PayeeError),
    /// Another value than the escrow.
    #[error("send amount + maxFee, {expected} wei, with the call; found {found}")]
    Value {
        /// The escrow, in wei.
        expected: U256,
        /// What came, in wei.
        found: U256,
    },
    /// Somebody else's, paid, cancelled, or in an intent.
    #[error(
        "payout {payout} is not yours or waits no longer: once in an intent it is paid or stays in escrow"
    )]
    NotWaiting {
        /// The payout.
        payout: u64,
    },
    /// Custody is not ready.
    #[error(transparent)]
    Custody(#[from] CustodyError),
}

impl From<StorageError> for PayoutError {
    fn from(error: StorageError) -> Self {
        Self::Custody(error.into())
    }
}

impl From<PayoutError> for CallError {
    fn from(error: PayoutError) -> Self {
        let bad = |script: &ScriptBuf| {
            Self::revert(&ICustody::BadScript { scriptPubKey: script.to_bytes().into() })
        };
        match error {
            PayoutError::ScriptType { script } => bad(&script),
            PayoutError::Payee(PayeeError::TooLittle { minimum, amount }) => {
                let (minimum, found) = (minimum.to_sat(), amount.to_sat());
                Self::revert(&ICustody::PayoutAmount { minimum, found })
            }
            PayoutError::Payee(PayeeError::TooMuch { amount }) => {
                Self::revert(&ICustody::PayoutAmount { minimum: 0, found: amount.to_sat() })
            }
            PayoutError::Payee(PayeeError::NotStandard { script }) => bad(&script),
            PayoutError::Payee(_) => bad(&ScriptBuf::new()),
            PayoutError::Value { expected, found } => Self::revert(&ICustody::WrongValue { expected, found }),
            PayoutError::NotWaiting { payout } => Self::revert(&ICustody::NotWaiting { payout }),
            PayoutError::Custody(error) => error.into(),
        }
    }
}
