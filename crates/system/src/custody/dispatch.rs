//! From the interface to the rule.

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_sol_types::{SolCall, SolInterface};
use ballast_types::{
    DutyKind,
    interfaces::{
        ICustody::{self, *},
        ILightClient,
    },
};
use bitcoin::{
    BlockHash, Script, Transaction,
    consensus::{deserialize, serialize},
    hashes::Hash,
};

use super::{
    CustodyError, PayoutError, Proven, SCRIPT_GAS,
    books::{Books, books},
    ceremony, coin, deposit, fees, group, intent, payout,
    store::*,
    terms, treasury, word,
};
use crate::{
    contract::{Access, Call, CallError, answer, decode_strict, selector},
    duty::DutyFact,
    light_client,
    storage::{Storage, StorageError},
};

/// Most intents that one view lists.
const LISTED: u64 = 100;

pub(crate) fn access(selector: [u8; 4]) -> Option<Access> {
    Some(match selector {
        proveDepositCall::SELECTOR | proveAnchorCall::SELECTOR | provePaymentCall::SELECTOR => {
            Access::Duty(DutyKind::Proofs)
        }
        attestFeeRateCall::SELECTOR | advanceCall::SELECTOR | sayCall::SELECTOR => {
            Access::Duty(DutyKind::Signatures)
        }
        requestPayoutCall::SELECTOR => Access::Payable,
        cancelPayoutCall::SELECTOR => Access::Write,
        other => return ICustodyCalls::valid_selector(other).then_some(Access::View),
    })
}

/// A proof is about an outpoint, a payment about its transaction, an attestation about its height; the next intent is one
/// fact, since there is one at a time.
pub(crate) fn duty_fact(input: &[u8]) -> Option<DutyFact> {
    match selector(input) {
        proveDepositCall::SELECTOR => {
            let call: proveDepositCall = decode_strict(input)?;
            Some((outpoint_fact(b"deposit", &call.transaction, call.vout)?, None))
        }
        proveAnchorCall::SELECTOR => {
            let call: proveAnchorCall = decode_strict(input)?;
            Some((outpoint_fact(b"anchor", &call.transaction, call.vout)?, None))
        }
        provePaymentCall::SELECTOR => {
            let call: provePaymentCall = decode_strict(input)?;
            let transaction: Transaction = deserialize(&call.transaction).ok()?;
            Some((word(transaction.compute_txid()), None))
        }
        attestFeeRateCall::SELECTOR => {
            let call: attestFeeRateCall = decode_strict(input)?;
            let custodian = B256::left_padding_from(&call.custodian.to_be_bytes());
            Some((keccak256(call.height.to_be_bytes()), Some(custodian)))
        }
        sayCall::SELECTOR => {
            let call: sayCall = decode_strict(input)?;
            let custodian = B256::left_padding_from(&call.custodian.to_be_bytes());
            Some((keccak256([&[call.round], call.payload.as_ref()].concat()), Some(custodian)))
        }
        _ => decode_strict::<advanceCall>(input)
            .map(|_| (keccak256([CONTRACT.as_slice(), &advanceCall::SELECTOR].concat()), None)),
    }
}

fn outpoint_fact(what: &[u8], transaction: &[u8], vout: u32) -> Option<B256> {
    let transaction: Transaction = deserialize(transaction).ok()?;
    let txid = word(transaction.compute_txid());
    Some(keccak256([what, txid.as_slice(), &vout.to_be_bytes()].concat()))
}

pub(crate) fn call(storage: &mut dyn Storage, call: &Call<'_>) -> Result<Bytes, CallError> {
    let input = call.input;
    match selector(input) {
        proveDepositCall::SELECTOR => answer(input, |call| prove_deposit(storage, call)),
        proveAnchorCall::SELECTOR => answer(input, |call: proveAnchorCall| {
            let proven = prove(storage, &call.transaction, call.proof)?;
            coin::prove_anchor(storage, &proven, call.vout).map(|()| proveAnchorReturn {})
        }),
        provePaymentCall::SELECTOR => answer(input, |call: provePaymentCall| {
            let proven = prove(storage, &call.transaction, call.proof)?;
            intent::settle(storage, &proven).map(|()| provePaymentReturn {})
        }),
        attestFeeRateCall::SELECTOR => answer(input, |call: attestFeeRateCall| {
            let attestFeeRateCall { custodian, height, feeRate, r, s } = call;
            fees::attest(storage, custodian, height, feeRate, &concat(r, s)).map(|()| attestFeeRateReturn {})
        }),
        sayCall::SELECTOR => answer(input, |call: sayCall| {
            let sayCall { custodian, round, payload, r, s } = call;
            ceremony::say(storage, custodian, round, &payload, &concat(r, s)).map(|()| sayReturn {})
        }),
        advanceCall::SELECTOR => {
            answer(input, |advanceCall {}| intent::advance(storage).map(|()| advanceReturn {}))
        }
        requestPayoutCall::SELECTOR => answer(input, |request: requestPayoutCall| {
            let requestPayoutCall { scriptPubKey, amount, maxFee } = request;
            let script = Script::from_bytes(&scriptPubKey);
            payout::request(storage, call.caller, call.value, script, amount, maxFee)
        }),
        cancelPayoutCall::SELECTOR => answer(input, |cancelPayoutCall { payout }| {
            payout::cancel(storage, call.caller, payout)?;
            Ok::<_, PayoutError>(cancelPayoutReturn {})
        }),
        _ => view(storage, input),
    }
}

fn view(storage: &mut dyn Storage, input: &[u8]) -> Result<Bytes, CallError> {
    match selector(input) {
        groupKeyCall::SELECTOR => {
            answer(input, |groupKeyCall {}| group(storage).map(|key| B256::from(key.serialize())))
        }
        ceremonyCall::SELECTOR => answer(input, |ceremonyCall {}| ceremony::show(storage)),
        messageCall::SELECTOR => answer(input, |messageCall { number, custodian, round }| {
            read_bytes(&SAID.at(&number).at(&round).at(&custodian), storage).map(Bytes::from)
        }),
        groupBytesCall::SELECTOR => answer(input, |groupBytesCall {}| {
            group(storage)?;
            Ok::<_, CustodyError>(Bytes::from(read_bytes(&GROUP_BYTES, storage)?))
        }),
        depositScriptCall::SELECTOR => answer(input, |call| deposit_script(storage, call)),
        quoteDepositCall::SELECTOR => answer(input, |quoteDepositCall { value }| {
            let deposit::Quote { minted, fee, minimum, depth } = deposit::quote(storage, value)?;
            Ok::<_, StorageError>(quoteDepositReturn { minted, fee, minimum, depth })
        }),
        treasuryScriptCall::SELECTOR => answer(input, |treasuryScriptCall {}| {
            treasury(storage).map(|treasury| treasury.script_pubkey().to_bytes().into())
        }),
        refundBlocksCall::SELECTOR => answer(input, |refundBlocksCall {}| REFUND_BLOCKS.load(storage)),
        feeRateCall::SELECTOR => answer(input, |feeRateCall {}| FEE_RATE.load(storage)),
        coinCountCall::SELECTOR => answer(input, |coinCountCall {}| COINS.load(storage)),
        coinCall::SELECTOR => answer(input, |coinCall { number }| show_coin(storage, number)),
        coinTermsCall::SELECTOR => answer(input, |coinTermsCall { number }| show_terms(storage, number)),
        recoveryCall::SELECTOR => answer(input, |recoveryCall {}| show_recovery(storage)),
        custodiansCall::SELECTOR => answer(input, |custodiansCall {}| {
            let (quorum, identities) = (QUORUM.load(storage)?, all(&IDENTITIES, storage)?);
            Ok::<_, StorageError>(custodiansReturn { quorum, identities })
        }),
        coinAtCall::SELECTOR => {
            answer(input, |coinAtCall { txid, vout }| COIN_AT.at(&txid).at(&vout).load(storage))
        }
        payoutCall::SELECTOR => answer(input, |payoutCall { number }| show_payout(storage, number)),
        intentCall::SELECTOR => answer(input, |intentCall { number }| show_intent(storage, number)),
        liveIntentsCall::SELECTOR => answer(input, |liveIntentsCall {}| LIVE.window(storage, 0, LISTED)),
        _ => answer(input, |solvencyCall {}| books(storage).map(abi_books)),
    }
}

fn concat(r: B256, s: B256) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(r.as_slice());
    signature[32..].copy_from_slice(s.as_slice());
    signature
}

fn prove_deposit(
    storage: &mut dyn Storage,
    call: proveDepositCall,
) -> Result<proveDepositReturn, CustodyError> {
    let proveDepositCall { recipient, action, refundKey, transaction, vout, proof } = call;
    let proven = prove(storage, &transaction, proof)?;
    deposit::prove(storage, &proven, vout, DepositWord { recipient, action }, refundKey)?;
    Ok(proveDepositReturn {})
}

fn prove(storage: &mut dyn Storage, bytes: &[u8], proof: Inclusion) -> Result<Proven, CustodyError> {
    let Inclusion { blockHash, index, branch, coinbase, coinbaseBranch } = proof;
    let proof = ILightClient::InclusionProof { index, branch, coinbase, coinbaseBranch };
    let proof = light_client::dispatch::inclusion_proof(&proof)?;
    super::prove(storage, bytes, BlockHash::from_byte_array(blockHash.0), &proof)
}

fn deposit_script(storage: &mut dyn Storage, call: depositScriptCall) -> Result<Bytes, CustodyError> {
    let depositScriptCall { recipient, action, refundKey } = call;
    let group = group(storage)?;
    storage.charge(SCRIPT_GAS)?;
    let deposit = terms(storage, DepositWord { recipient, action }, refundKey)?;
    Ok(deposit.script_pubkey(group).to_bytes().into())
}

fn show_coin(storage: &mut dyn Storage, number: u64) -> Result<coinReturn, StorageError> {
    let CoinWord { value, vout, state, intent, .. } = COIN.at(&number).load(storage)?;
    let standing = coin::confirmations(storage, number)? > 0;
    Ok(coinReturn { txid: COIN_TXID.at(&number).load(storage)?, vout, value, state, standing, intent })
}

fn show_terms(storage: &mut dyn Storage, number: u64) -> Result<coinTermsReturn, StorageError> {
    let DepositWord { recipient, action } = COIN_DEPOSIT.at(&number).load(storage)?;
    Ok(coinTermsReturn {
        isDeposit: COIN.at(&number).load(storage)?.is_deposit == 1,
        recipient,
        action,
        refundKey: COIN_REFUND.at(&number).load(storage)?,
    })
}

fn show_recovery(storage: &mut dyn Storage) -> Result<recoveryReturn, StorageError> {
    let (blocks, quorum) = (RECOVERY_BLOCKS.load(storage)?, RECOVERY_QUORUM.load(storage)?);
    Ok(recoveryReturn { blocks, quorum, keys: all(&RECOVERY_KEYS, storage)? })
}

fn show_payout(storage: &mut dyn Storage, number: u64) -> Result<payoutReturn, StorageError> {
    let PayoutWord { amount, ceiling, at, state } = PAYOUT.at(&number).load(storage)?;
    let has_intent = state == payout::PayoutState::Intended as u8 || state == payout::PayoutState::Paid as u8;
    Ok(payoutReturn {
        owner: PAYOUT_OWNER.at(&number).load(storage)?,
        scriptPubKey: payout::load(storage, number)?.script_pubkey.to_bytes().into(),
        amount,
        maxFee: ceiling,
        state,
        intent: if has_intent { at } else { 0 },
    })
}

fn show_intent(storage: &mut dyn Storage, number: u64) -> Result<intentReturn, CustodyError> {
    let IntentWord { rate, fee, rung, state, .. } = INTENT.at(&number).load(storage)?;
    if state == 0 {
        return Ok(intentReturn {
            transaction: Bytes::new(),
            state,
            rung,
            fee,
            coins: Vec::new(),
            payouts: Vec::new(),
        });
    }
    let transaction = intent::rebuild(storage, number, rate, fee, rung)?.transaction();
    Ok(intentReturn {
        transaction: serialize(&transaction).into(),
        state,
        rung,
        fee,
        coins: all(&INTENT_COINS.at(&number), storage)?,
        payouts: all(&INTENT_PAYOUTS.at(&number), storage)?,
    })
}

fn abi_books(books: Books) -> ICustody::Books {
    ICustody::Books {
        issued: books.issued,
        burnt: books.burnt,
        liabilities: books.liabilities(),
        escrow: books.escrow,
        anchored: books.anchored,
        inFlight: books.in_flight,
        unbacked: books.unbacked,
        refundable: books.refundable,
        surplus: books.surplus(),
        deficit: books.deficit(),
    }
}
