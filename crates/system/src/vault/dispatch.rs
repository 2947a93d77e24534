//! From the interface to the rule.

use alloy_primitives::{Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolInterface};
use ballast_types::{DutyKind, interfaces::IStkBtc::*};

use super::{
    QueueError, STKBTC,
    claim::{self, Claim},
    operator, price, queue,
    stake::{self, stake},
    store::*,
    stream,
};
use crate::{
    contract::{Access, Call, CallError, answer, decode_strict, known, selector},
    duty::DutyFact,
    storage::{Storage, StorageError},
    token::Token,
    wpbtc,
};

/// ERC-165 itself, operators and redemptions of ERC-7540, ERC-7575.
const INTERFACES: [[u8; 4]; 4] =
    [[0x01, 0xff, 0xc9, 0xa7], [0xe3, 0xbc, 0x4e, 0x65], [0x62, 0x0e, 0xe8, 0xe4], [0x2f, 0x0a, 0x18, 0xc5]];

pub(crate) fn access(selector: [u8; 4]) -> Option<Access> {
    Some(match selector {
        stakeCall::SELECTOR => Access::Payable,
        advanceCall::SELECTOR => Access::Duty(DutyKind::Signatures),
        depositCall::SELECTOR
        | mintCall::SELECTOR
        | withdrawCall::SELECTOR
        | redeemCall::SELECTOR
        | requestRedeemCall::SELECTOR
        | cancelRedeemCall::SELECTOR
        | setOperatorCall::SELECTOR => Access::Write,
        other if IStkBtcCalls::valid_selector(other) => Access::View,
        other => return Token::access(other),
    })
}

/// The next step of the queue is one fact, since there is one at a time; other contracts advance as well.
pub(crate) fn duty_fact(input: &[u8]) -> Option<DutyFact> {
    let fact = keccak256([CONTRACT.as_slice(), &advanceCall::SELECTOR].concat());
    decode_strict::<advanceCall>(input).map(|_| (fact, None))
}

pub(crate) fn call(storage: &mut dyn Storage, call: &Call<'_>) -> Result<Bytes, CallError> {
    if let Some(answer) = STKBTC.call(storage, call) {
        return answer;
    }
    let (input, caller) = (call.input, call.caller);
    match selector(input) {
        depositCall::SELECTOR => answer(input, |depositCall { assets, receiver }| {
            stake::deposit(storage, caller, receiver, assets)
        }),
        mintCall::SELECTOR => {
            answer(input, |mintCall { shares, receiver }| stake::mint(storage, caller, receiver, shares))
        }
        stakeCall::SELECTOR => {
            answer(input, |stakeCall { receiver }| stake(storage, caller, receiver, call.value))
        }
        withdrawCall::SELECTOR => answer(input, |withdrawCall { assets, receiver, controller }| {
            claim::withdraw(storage, &Claim { caller, controller, receiver }, assets)
        }),
        redeemCall::SELECTOR => answer(input, |redeemCall { shares, receiver, controller }| {
            claim::redeem(storage, &Claim { caller, controller, receiver }, shares)
        }),
        requestRedeemCall::SELECTOR => answer(input, |requestRedeemCall { shares, controller, owner }| {
            queue::request(storage, caller, controller, owner, shares).map(U256::from)
        }),
        cancelRedeemCall::SELECTOR => answer(input, |cancelRedeemCall { requestId, receiver }| {
            queue::cancel(storage, caller, requestId, receiver)
        }),
        setOperatorCall::SELECTOR => answer(input, |setOperatorCall { operator, approved }| {
            operator::set(storage, caller, operator, approved).map(|()| true)
        }),
        advanceCall::SELECTOR => {
            answer(input, |advanceCall {}| queue::advance(storage).map(|()| advanceReturn {}))
        }
        _ => view(storage, input),
    }
}

fn view(storage: &mut dyn Storage, input: &[u8]) -> Result<Bytes, CallError> {
    match selector(input) {
        supportsInterfaceCall::SELECTOR => {
            answer(input, |supportsInterfaceCall { interfaceId }| known(INTERFACES.contains(&interfaceId.0)))
        }
        assetCall::SELECTOR => answer(input, |assetCall {}| known(wpbtc::CONTRACT)),
        shareCall::SELECTOR => answer(input, |shareCall {}| known(CONTRACT)),
        totalAssetsCall::SELECTOR => answer(input, |totalAssetsCall {}| price::total_assets(storage)),
        convertToSharesCall::SELECTOR => {
            answer(input, |convertToSharesCall { assets }| price::convert_to_shares(storage, assets))
        }
        convertToAssetsCall::SELECTOR => {
            answer(input, |convertToAssetsCall { shares }| price::convert_to_assets(storage, shares))
        }
        getRateCall::SELECTOR => answer(input, |getRateCall {}| price::rate(storage)),
        maxDepositCall::SELECTOR => {
            answer(input, |maxDepositCall { receiver }| stake::max_deposit(storage, receiver))
        }
        maxMintCall::SELECTOR => answer(input, |maxMintCall { receiver }| stake::max_mint(storage, receiver)),
        previewDepositCall::SELECTOR => {
            answer(input, |previewDepositCall { assets }| stake::preview_deposit(storage, assets))
        }
        previewMintCall::SELECTOR => {
            answer(input, |previewMintCall { shares }| stake::preview_mint(storage, shares))
        }
        previewWithdrawCall::SELECTOR => answer(input, |previewWithdrawCall { .. }| unknown_yet()),
        previewRedeemCall::SELECTOR => answer(input, |previewRedeemCall { .. }| unknown_yet()),
        _ => view_queue(storage, input),
    }
}

fn view_queue(storage: &mut dyn Storage, input: &[u8]) -> Result<Bytes, CallError> {
    match selector(input) {
        maxWithdrawCall::SELECTOR => answer(input, |maxWithdrawCall { controller }| {
            claim::claimable(storage, controller).map(|(_, assets)| assets)
        }),
        maxRedeemCall::SELECTOR => answer(input, |maxRedeemCall { controller }| {
            claim::claimable(storage, controller).map(|(shares, _)| shares)
        }),
        pendingRedeemRequestCall::SELECTOR => {
            answer(input, |pendingRedeemRequestCall { requestId, controller }| {
                queue::pending_of(storage, requestId, controller)
            })
        }
        claimableRedeemRequestCall::SELECTOR => {
            answer(input, |claimableRedeemRequestCall { requestId, controller }| {
                queue::claimable_of(storage, requestId, controller)
            })
        }
        isOperatorCall::SELECTOR => answer(input, |isOperatorCall { controller, operator }| {
            operator::is_set(storage, controller, operator)
        }),
        quoteRedeemCall::SELECTOR => {
            answer(input, |quoteRedeemCall { shares }| price::convert_to_assets(storage, shares))
        }
        ticketCall::SELECTOR => answer(input, |ticketCall { requestId }| {
            let (controller, shares, assets, completed) = queue::show(storage, requestId)?;
            Ok::<_, QueueError>(ticketReturn { controller, shares, assets, completed })
        }),
        queueCall::SELECTOR => answer(input, |queueCall {}| {
            let (first, last, shares) = queue::bounds(storage)?;
            Ok::<_, StorageError>(queueReturn { first: U256::from(first), last: U256::from(last), shares })
        }),
        _ => answer(input, |streamCall {}| {
            let (streaming, until, waiting) = stream::show(storage)?;
            Ok::<_, StorageError>(streamReturn { streaming, until, waiting })
        }),
    }
}

/// What a redemption pays is known when its ticket is completed.
fn unknown_yet() -> Result<U256, CallError> {
    Err(CallError::revert(&AsyncRedeem {}))
}
