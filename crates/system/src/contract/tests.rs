use alloy_primitives::{address, keccak256};
use ballast_types::interfaces::ILightClient;

use super::*;
use crate::mining;

const CONTRACT: SystemContract = SystemContract::LightClient;

fn tip_call() -> Vec<u8> {
    ILightClient::tipCall {}.abi_encode()
}

fn submit_call() -> Vec<u8> {
    let headers = mining::bytes(&mining::chain(&mining::genesis(), 1, 0)).into();
    ILightClient::submitHeadersCall { headers }.abi_encode()
}

fn call(mode: Mode, value: u64, input: &[u8]) -> Result<Bytes, CallError> {
    let caller = address!("00000000000000000000000000000000000000cc");
    let mut storage = mining::light_client(600);
    dispatch(CONTRACT, &mut storage, &Call { caller, value: U256::from(value), input, mode })
}

#[test]
fn anybody_may_carry_a_duty_but_not_under_a_static_call() {
    for mode in [Mode::Duty, Mode::Ordinary] {
        assert_eq!(call(mode, 0, &submit_call()), Ok(Bytes::new()));
    }
    let selector = ILightClient::submitHeadersCall::SELECTOR.into();
    assert_eq!(
        call(Mode::Static, 0, &submit_call()),
        Err(CallError::revert(&ISystem::StaticCall { selector }))
    );
}

#[test]
fn a_duty_transaction_calls_nothing_but_duties() {
    assert!(call(Mode::Ordinary, 0, &tip_call()).is_ok());
    assert!(call(Mode::Static, 0, &tip_call()).is_ok());
    let selector = ILightClient::tipCall::SELECTOR.into();
    assert_eq!(call(Mode::Duty, 0, &tip_call()), Err(CallError::revert(&ISystem::NotADuty { selector })));
}

#[test]
fn value_is_refused_where_nothing_takes_it() {
    for input in [tip_call(), submit_call()] {
        let refused = CallError::revert(&ISystem::NotPayable { value: U256::from(1) });
        assert_eq!(call(Mode::Ordinary, 1, &input), Err(refused));
    }
}

#[test]
fn an_unknown_selector_is_named() {
    let selector = [0xde, 0xad, 0xbe, 0xef];
    let refused =
        |selector: [u8; 4]| Err(CallError::revert(&ISystem::UnknownSelector { selector: selector.into() }));
    assert_eq!(call(Mode::Ordinary, 0, &selector), refused(selector));
    assert_eq!(call(Mode::Duty, 0, &selector), refused(selector));
    for short in [&[][..], &tip_call()[..3]] {
        assert_eq!(call(Mode::Ordinary, 0, short), refused([0; 4]));
    }
}

#[test]
fn a_contract_without_rules_answers_nothing() {
    let mut storage = mining::light_client(0);
    let call = Call { caller: Address::ZERO, value: U256::ZERO, input: &tip_call(), mode: Mode::Ordinary };
    for contract in SystemContract::ALL.into_iter().filter(|contract| *contract != CONTRACT) {
        assert_eq!(access(contract, ILightClient::tipCall::SELECTOR), None);
        let selector = ILightClient::tipCall::SELECTOR.into();
        let refused = Err(CallError::revert(&ISystem::UnknownSelector { selector }));
        assert_eq!(dispatch(contract, &mut storage, &call), refused);
    }
}

/// One meaning has one encoding: whatever the ABI tolerates beyond the canonical form is refused.
#[test]
fn input_is_decoded_strictly() {
    let canonical = submit_call();
    let malformed =
        |selector: [u8; 4]| Err(CallError::revert(&ISystem::MalformedInput { selector: selector.into() }));
    let refused = || malformed(ILightClient::submitHeadersCall::SELECTOR);
    let trailing = [canonical.as_slice(), &[0; 32]].concat();
    let cut = &canonical[..canonical.len() - 1];
    let mut dirty_padding = canonical.clone();
    *dirty_padding.last_mut().unwrap() = 1;
    let mut far_offset = canonical[..4].to_vec();
    far_offset.extend(U256::from(64).to_be_bytes::<32>());
    far_offset.extend([0; 32]);
    far_offset.extend(&canonical[36..]);
    for input in [&trailing[..], cut, &dirty_padding, &far_offset, &canonical[..4]] {
        assert_eq!(call(Mode::Duty, 0, input), refused());
    }
    let mut dirty_integer = ILightClient::hashAtCall { height: 0 }.abi_encode();
    dirty_integer[4] = 1;
    assert_eq!(call(Mode::Ordinary, 0, &dirty_integer), malformed(ILightClient::hashAtCall::SELECTOR));
}

#[test]
fn input_is_paid_for_by_the_word() {
    let mut storage = mining::light_client(0);
    let input = [0; 33];
    let call = Call { caller: Address::ZERO, value: U256::ZERO, input: &input, mode: Mode::Ordinary };
    storage.gas = 2 * INPUT_WORD_GAS - 1;
    assert_eq!(dispatch(CONTRACT, &mut storage, &call), Err(StorageError::OutOfGas.into()));
    storage.gas = 2 * INPUT_WORD_GAS;
    assert!(matches!(dispatch(CONTRACT, &mut storage, &call), Err(CallError::Revert(_))));
}

#[test]
fn revert_data_is_a_solidity_error() {
    let selector = &keccak256("NotPayable(uint256)")[..4];
    let data = [selector, &U256::from(1).to_be_bytes::<32>()].concat();
    let error = CallError::revert(&ISystem::NotPayable { value: U256::from(1) });
    assert_eq!(error, CallError::Revert(data.into()));
}
