//! From the interface to the rule.

use alloy_primitives::{Address, Bytes, U256, fixed_bytes, keccak256};
use alloy_sol_types::{SolCall, SolInterface};
use ballast_types::{DutyKind, SystemContract, interfaces::IPool::*};

use super::{
    PoolError, TOKEN, queue, sale,
    shares::{self, Payment},
    store::*,
};
use crate::{
    contract::{Access, Call, CallError, answer, decode_strict, known, selector},
    duty::DutyFact,
    storage::Storage,
    token::Token,
};

pub(crate) fn access(selector: [u8; 4]) -> Option<Access> {
    Some(match selector {
        advanceCall::SELECTOR => Access::Duty(DutyKind::Signatures),
        supplyCall::SELECTOR => Access::Payable,
        depositCall::SELECTOR | mintCall::SELECTOR => Access::Write,
        withdrawCall::SELECTOR | redeemCall::SELECTOR | sellCall::SELECTOR => Access::Write,
        other if IPoolCalls::valid_selector(other) => Access::View,
        other => return Token::access(other),
    })
}

/// There is one next step at a time.
pub(crate) fn duty_fact(input: &[u8]) -> Option<DutyFact> {
    let fact = keccak256([CONTRACT.as_slice(), &advanceCall::SELECTOR].concat());
    decode_strict::<advanceCall>(input).map(|_| (fact, None))
}

pub(crate) fn call(storage: &mut dyn Storage, call: &Call<'_>) -> Result<Bytes, CallError> {
    if let Some(answered) = TOKEN.call(storage, call) {
        return answered;
    }
    let (input, caller) = (call.input, call.caller);
    match selector(input) {
        depositCall::SELECTOR => answer(input, |depositCall { assets, receiver }| {
            let shares = shares::preview_deposit(storage, assets)?;
            shares::enter(storage, (caller, receiver), (assets, shares), Payment::Wrapped).map(|()| shares)
        }),
        mintCall::SELECTOR => answer(input, |mintCall { shares, receiver }| {
            let assets = shares::preview_mint(storage, shares)?;
            shares::enter(storage, (caller, receiver), (assets, shares), Payment::Wrapped).map(|()| assets)
        }),
        supplyCall::SELECTOR => answer(input, |supplyCall { receiver }| {
            let shares = shares::preview_deposit(storage, call.value)?;
            shares::enter(storage, (caller, receiver), (call.value, shares), Payment::Sent).map(|()| shares)
        }),
        withdrawCall::SELECTOR => answer(input, |withdrawCall { assets, receiver, owner }| {
            let most = shares::most_assets(storage, owner)?;
            shares::within(most, assets, |most| PoolError::MaxWithdraw { owner, assets, most })?;
            let shares = shares::preview_withdraw(storage, assets)?;
            shares::leave(storage, caller, (receiver, owner), (assets, shares)).map(|()| shares)
        }),
        redeemCall::SELECTOR => answer(input, |redeemCall { shares, receiver, owner }| {
            let most = shares::most_shares(storage, owner)?;
            shares::within(most, shares, |most| PoolError::MaxRedeem { owner, shares, most })?;
            let assets = shares::preview_redeem(storage, shares)?;
            shares::leave(storage, caller, (receiver, owner), (assets, shares)).map(|()| assets)
        }),
        sellCall::SELECTOR => answer(input, |sellCall { shares, leastAssets, receiver }| {
            sale::sell(storage, caller, shares, leastAssets, receiver)
        }),
        advanceCall::SELECTOR => {
            answer(input, |advanceCall {}| queue::advance(storage).map(|()| advanceReturn {}))
        }
        _ => view(storage, input),
    }
}

fn view(storage: &mut dyn Storage, input: &[u8]) -> Result<Bytes, CallError> {
    match selector(input) {
        assetCall::SELECTOR => answer(input, |assetCall {}| known(SystemContract::WpBtc.address())),
        supportsInterfaceCall::SELECTOR => answer(input, |supportsInterfaceCall { interfaceId }| {
            known(interfaceId == fixed_bytes!("01ffc9a7"))
        }),
        totalAssetsCall::SELECTOR => answer(input, |totalAssetsCall {}| shares::assets(storage)),
        convertToSharesCall::SELECTOR => {
            answer(input, |convertToSharesCall { assets }| to_shares(storage, assets))
        }
        convertToAssetsCall::SELECTOR => {
            answer(input, |convertToAssetsCall { shares }| shares::worth(storage, shares))
        }
        maxDepositCall::SELECTOR => answer(input, |maxDepositCall { receiver }| most(storage, receiver)),
        maxMintCall::SELECTOR => answer(input, |maxMintCall { receiver }| most(storage, receiver)),
        maxWithdrawCall::SELECTOR => {
            answer(input, |maxWithdrawCall { owner }| shares::most_assets(storage, owner))
        }
        maxRedeemCall::SELECTOR => {
            answer(input, |maxRedeemCall { owner }| shares::most_shares(storage, owner))
        }
        previewDepositCall::SELECTOR => {
            answer(input, |previewDepositCall { assets }| shares::preview_deposit(storage, assets))
        }
        previewMintCall::SELECTOR => {
            answer(input, |previewMintCall { shares }| shares::preview_mint(storage, shares))
        }
        previewWithdrawCall::SELECTOR => {
            answer(input, |previewWithdrawCall { assets }| shares::preview_withdraw(storage, assets))
        }
        previewRedeemCall::SELECTOR => {
            answer(input, |previewRedeemCall { shares }| shares::preview_redeem(storage, shares))
        }
        quoteCall::SELECTOR => answer(input, |quoteCall { shares }| {
            let quote = sale::quote(storage, shares)?;
            Ok::<_, PoolError>(quoteReturn { assets: quote.price(), fee: quote.fee })
        }),
        _ => answer(input, |positionCall {}| position(storage)),
    }
}

/// No bitcoin there can be is too much, unless shares have become worthless or the receiver can have none.
fn most(storage: &mut dyn Storage, receiver: Address) -> Result<U256, PoolError> {
    let is_open = TOKEN.receiver(receiver).is_ok() && !shares::price(storage)?.is_lost();
    Ok(if is_open { U256::from(u128::MAX) } else { U256::ZERO })
}

/// No shares while they are worth nothing.
fn to_shares(storage: &mut dyn Storage, assets: U256) -> Result<U256, PoolError> {
    let price = shares::price(storage)?;
    if price.is_lost() { Ok(U256::ZERO) } else { price.shares_for(assets).ok_or(PoolError::Nothing) }
}

fn position(storage: &mut dyn Storage) -> Result<positionReturn, PoolError> {
    Ok(positionReturn {
        cash: CASH.load(storage)?,
        shares: HELD.load(storage)?,
        waiting: shares::waiting(storage)?,
        windowLeft: sale::window_left(storage)?,
    })
}
