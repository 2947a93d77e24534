//! The custody contract, read and fed through [`Chain`].

use std::collections::BTreeMap;

use alloy_primitives::B256;
use alloy_sol_types::{SolCall, SolError, SolInterface};
use ballast_custody::{
    Action, Ceremony, Coin, Deposit, Group, Intent, Lock, Member, Payout, Recovery, Refund, Roster, Treasury,
    intent::{Kind, Parts},
};
use ballast_types::{
    SystemContract,
    interfaces::ICustody::{self, ICustodyErrors},
};
use bitcoin::{
    Amount, FeeRate, OutPoint, ScriptBuf, Transaction, Txid, XOnlyPublicKey,
    consensus::{deserialize, serialize},
    hashes::Hash,
    secp256k1::schnorr::Signature,
};
use thiserror::Error;

use crate::chain::{self, At, Chain, ChainError, send_duty};

/// The latest ceremony.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// Who takes part, under which number and id.
    pub ceremony: Ceremony,
    /// The round that is due; 0 once it has ended.
    pub round: u8,
}

/// The newest rung of an intent, as the contract shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// The intent.
    pub number: u64,
    /// How many fee bumps came before.
    pub rung: u32,
    /// The fee, in sats.
    pub fee: u64,
    /// The transaction, without witnesses.
    pub transaction: Transaction,
    /// The coins that it spends.
    pub coins: Vec<u64>,
    /// The payouts that it pays.
    pub payouts: Vec<u64>,
}

/// Every custodian of the genesis with its identity key, and how many must sign.
///
/// # Errors
/// [`CustodyError`].
pub fn roster(chain: &impl Chain, at: At) -> Result<Roster, CustodyError> {
    let shown = read(chain, at, &ICustody::custodiansCall {})?;
    let mut identities = BTreeMap::new();
    for (number, identity) in (1..=u16::MAX).zip(&shown.identities) {
        identities.insert(member(number)?, key(identity)?);
    }
    Roster::new(shown.quorum, identities).map_err(CustodyError::answer)
}

/// The latest ceremony; its id is computed here, not believed.
///
/// # Errors
/// [`CustodyError`].
pub fn ceremony(chain: &impl Chain, at: At) -> Result<Latest, CustodyError> {
    let shown = read(chain, at, &ICustody::ceremonyCall {})?;
    let all = roster(chain, at)?;
    let mut identities = BTreeMap::new();
    for number in shown.custodians {
        let member = member(number)?;
        identities.insert(member, all.identity(member).map_err(CustodyError::answer)?);
    }
    let roster = Roster::new(all.threshold(), identities).map_err(CustodyError::answer)?;
    let ceremony = Ceremony::new(chain.chain_id()?, shown.number, roster);
    if ceremony.id().0 != shown.id.0 {
        return Err(CustodyError::Answer(format!("the id of ceremony {} does not follow", shown.number)));
    }
    Ok(Latest { ceremony, round: shown.round })
}

/// What a custodian said in a round of a ceremony; empty if nothing.
///
/// # Errors
/// [`CustodyError`].
pub fn message(
    chain: &impl Chain,
    at: At,
    ceremony: &Ceremony,
    custodian: Member,
    round: u8,
) -> Result<Vec<u8>, CustodyError> {
    let call = ICustody::messageCall { number: ceremony.number(), custodian: custodian.get(), round };
    Ok(read(chain, at, &call)?.to_vec())
}

/// The group whose key custody holds bitcoin by; `None` while there is none.
///
/// # Errors
/// [`CustodyError`].
pub fn group(chain: &impl Chain, at: At) -> Result<Option<Group>, CustodyError> {
    match read(chain, at, &ICustody::groupBytesCall {}) {
        Ok(bytes) => Group::from_bytes(&bytes).map(Some).map_err(CustodyError::answer),
        Err(ChainError::Refused { data, .. }) if data.starts_with(&ICustody::NoKey::SELECTOR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The treasury of a group.
///
/// # Errors
/// [`CustodyError`].
pub fn treasury(chain: &impl Chain, at: At, group: XOnlyPublicKey) -> Result<Treasury, CustodyError> {
    let leaf = read(chain, at, &ICustody::recoveryCall {})?;
    let keys = leaf.keys.iter().map(key).collect::<Result<_, _>>()?;
    let recovery = Recovery::new(leaf.blocks, leaf.quorum, keys);
    Ok(Treasury { group, recovery: recovery.map_err(CustodyError::answer)? })
}

/// The intents that are neither settled nor lapsed.
///
/// # Errors
/// [`CustodyError`].
pub fn live_intents(chain: &impl Chain, at: At) -> Result<Vec<u64>, CustodyError> {
    Ok(read(chain, at, &ICustody::liveIntentsCall {})?)
}

/// The newest rung of a live intent; `None` if the intent is not live.
///
/// # Errors
/// [`CustodyError`].
pub fn rung(chain: &impl Chain, at: At, number: u64) -> Result<Option<Rung>, CustodyError> {
    const LIVE: u8 = 1;
    let shown = read(chain, at, &ICustody::intentCall { number })?;
    if shown.state != LIVE {
        return Ok(None);
    }
    let transaction = deserialize(&shown.transaction).map_err(CustodyError::answer)?;
    let ICustody::intentReturn { rung, fee, coins, payouts, .. } = shown;
    Ok(Some(Rung { number, rung, fee, transaction, coins, payouts }))
}

/// Derives the intent behind a rung from its coins, payouts and treasury, none of which is taken from the transaction.
///
/// # Errors
/// [`CustodyError::NotDerived`] if another transaction follows from them than the contract shows.
pub fn derive(chain: &impl Chain, at: At, rung: &Rung, treasury: &Treasury) -> Result<Intent, CustodyError> {
    let inputs = rung.coins.iter().map(|number| coin(chain, at, *number, treasury));
    let payouts = rung.payouts.iter().map(|number| payout(chain, at, *number));
    let payouts: Vec<Payout> = payouts.collect::<Result<_, _>>()?;
    let (kind, budget) = if payouts.is_empty() {
        (Kind::Sweep, read(chain, at, &ICustody::quoteDepositCall { value: 0 })?.fee)
    } else {
        (Kind::Payout, Amount::MAX_MONEY.to_sat())
    };
    let parts = Parts {
        kind,
        group: treasury.group,
        treasury: treasury.clone(),
        inputs: inputs.collect::<Result<_, _>>()?,
        payouts,
        // the fee itself is given; judging it is the policy's business
        fee_rate: FeeRate::ZERO,
        least_fee: Amount::from_sat(rung.fee),
        budget: Amount::from_sat(budget),
        rung: rung.rung,
    };
    let intent = Intent::build(parts).map_err(CustodyError::answer)?;
    let (expected, found) = (intent.transaction(), &rung.transaction);
    if serialize(&expected) != serialize(found) {
        let (expected, found) = (expected.compute_txid(), found.compute_txid());
        return Err(CustodyError::NotDerived { number: rung.number, expected, found });
    }
    Ok(intent)
}

/// A coin with its lock. Its depth is for Bitcoin to say, not for this chain: it is 0 here.
fn coin(chain: &impl Chain, at: At, number: u64, treasury: &Treasury) -> Result<Coin, CustodyError> {
    let shown = read(chain, at, &ICustody::coinCall { number })?;
    let terms = read(chain, at, &ICustody::coinTermsCall { number })?;
    let lock = if terms.isDeposit {
        let refund = match terms.refundKey {
            B256::ZERO => None,
            refund => {
                let blocks = read(chain, at, &ICustody::refundBlocksCall {})?;
                Some(Refund::new(key(&refund)?, blocks, 1).map_err(CustodyError::answer)?)
            }
        };
        let action = Action::try_from(terms.action).map_err(CustodyError::answer)?;
        let recipient = terms.recipient.into_array();
        Lock::Deposit(Deposit { chain_id: chain.chain_id()?, recipient, action, refund })
    } else {
        Lock::Treasury(treasury.recovery.clone())
    };
    let outpoint = OutPoint::new(Txid::from_byte_array(shown.txid.0), shown.vout);
    Ok(Coin { outpoint, value: Amount::from_sat(shown.value), confirmations: 0, lock })
}

fn payout(chain: &impl Chain, at: At, number: u64) -> Result<Payout, CustodyError> {
    let shown = read(chain, at, &ICustody::payoutCall { number })?;
    Ok(Payout {
        id: number,
        script_pubkey: ScriptBuf::from_bytes(shown.scriptPubKey.to_vec()),
        amount: Amount::from_sat(shown.amount),
        fee_ceiling: Amount::from_sat(shown.maxFee),
    })
}

/// The present fee rate, in sats per 1,000 weight units.
///
/// # Errors
/// [`CustodyError`].
pub fn fee_rate(chain: &impl Chain, at: At) -> Result<u64, CustodyError> {
    Ok(read(chain, at, &ICustody::feeRateCall {})?)
}

/// Hands in what a custodian says in a ceremony.
///
/// # Errors
/// [`ChainError::Refused`] when the mempool does not take it, or whatever keeps the node from answering.
pub fn say(
    chain: &impl Chain,
    custodian: Member,
    round: u8,
    payload: Vec<u8>,
    signature: &Signature,
) -> Result<B256, ChainError> {
    let (r, s) = halves(signature);
    let call = ICustody::sayCall { custodian: custodian.get(), round, payload: payload.into(), r, s };
    send_duty(chain, SystemContract::Custody, &call)
}

/// Hands in a custodian's view of the fee rate, in sats per 1,000 weight units.
///
/// # Errors
/// [`ChainError::Refused`] when the mempool does not take it, or whatever keeps the node from answering.
pub fn attest(
    chain: &impl Chain,
    custodian: Member,
    height: u32,
    rate: u64,
    signature: &Signature,
) -> Result<B256, ChainError> {
    let (r, s) = halves(signature);
    let call = ICustody::attestFeeRateCall { custodian: custodian.get(), height, feeRate: rate, r, s };
    send_duty(chain, SystemContract::Custody, &call)
}

/// The contract's own reason for a refusal, where it gave one.
pub fn reason(data: &[u8]) -> Option<ICustodyErrors> {
    ICustodyErrors::abi_decode_validate(data).ok()
}

fn read<C: SolCall>(chain: &impl Chain, at: At, call: &C) -> Result<C::Return, ChainError> {
    chain::read(chain, at, SystemContract::Custody, call)
}

fn halves(signature: &Signature) -> (B256, B256) {
    let bytes = signature.serialize();
    (B256::from_slice(&bytes[..32]), B256::from_slice(&bytes[32..]))
}

fn member(number: u16) -> Result<Member, CustodyError> {
    Member::try_from(number).map_err(CustodyError::answer)
}

fn key(word: &B256) -> Result<XOnlyPublicKey, CustodyError> {
    XOnlyPublicKey::from_slice(word.as_slice()).map_err(CustodyError::answer)
}

/// Why the contract could not be read.
#[derive(Debug, Error)]
pub enum CustodyError {
    /// The node gave no answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The answer cannot be.
    #[error("the custody contract answers what cannot be: {0}; is the node of this version?")]
    Answer(String),
    /// The contract's transaction is not the one that follows from its facts.
    #[error(
        "intent {number} is transaction {found} on the chain, from its facts follows {expected}: sign nothing"
    )]
    NotDerived {
        /// The intent.
        number: u64,
        /// What follows.
        expected: Txid,
        /// What the contract shows.
        found: Txid,
    },
}

impl CustodyError {
    fn answer(error: impl std::fmt::Display) -> Self {
        Self::Answer(error.to_string())
    }
}
