//! From the interface to the rule.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent, SolInterface};
use ballast_types::{DutyKind, interfaces::IRewards::*};

use super::{
    Epochs, RewardsError, claim, settle,
    store::{CONTRACT, CREDITS},
};
use crate::{
    contract::{Access, Call, CallError, answer, decode_strict, selector},
    duty::DutyFact,
    storage::{Storage, StorageError},
};

pub(crate) fn access(selector: [u8; 4]) -> Option<Access> {
    match selector {
        fundCall::SELECTOR => Some(Access::Payable),
        settleCall::SELECTOR => Some(Access::Duty(DutyKind::Signatures)),
        claimCall::SELECTOR => Some(Access::Write),
        other => IRewardsCalls::valid_selector(other).then_some(Access::View),
    }
}

/// The next settlement is one fact, since there is one at a time.
pub(crate) fn duty_fact(input: &[u8]) -> Option<DutyFact> {
    decode_strict::<settleCall>(input)
        .map(|_| (keccak256([CONTRACT.as_slice(), &settleCall::SELECTOR].concat()), None))
}

pub(crate) fn call(storage: &mut dyn Storage, call: &Call<'_>) -> Result<Bytes, CallError> {
    let input = call.input;
    match selector(input) {
        fundCall::SELECTOR => {
            answer(input, |fundCall {}| fund(storage, call.caller, call.value).map(|()| fundReturn {}))
        }
        settleCall::SELECTOR => {
            answer(input, |settleCall {}| settle::settle(storage).map(|()| settleReturn {}))
        }
        claimCall::SELECTOR => answer(input, |claimCall { stakes, receiver }| {
            claim::claim(storage, call.caller, &stakes, receiver)
        }),
        _ => view(storage, input),
    }
}

/// Takes what came with the call, in wei.
fn fund(storage: &mut dyn Storage, from: Address, amount: U256) -> Result<(), RewardsError> {
    if amount.is_zero() {
        return Err(RewardsError::Nothing);
    }
    Ok(storage.emit(CONTRACT, Funded { from, amount }.encode_log_data())?)
}

fn view(storage: &mut dyn Storage, input: &[u8]) -> Result<Bytes, CallError> {
    match selector(input) {
        earnedCall::SELECTOR => {
            answer(input, |earnedCall { account, stakes }| claim::earned(storage, account, &stakes))
        }
        epochOfCall::SELECTOR => {
            answer(input, |epochOfCall { number }| Ok::<_, StorageError>(Epochs::load(storage)?.of(number)))
        }
        nextCall::SELECTOR => answer(input, |nextCall {}| {
            let (epoch, from_block) = settle::next(storage)?;
            Ok::<_, StorageError>(nextReturn { epoch, fromBlock: from_block })
        }),
        creditsCall::SELECTOR => answer(input, |creditsCall { epoch, provider }| {
            Ok::<_, StorageError>(U256::from(CREDITS.at(&epoch).at(&provider).load(storage)?))
        }),
        _ => answer(input, |budgetCall {}| settle::budget(storage)),
    }
}
