use alloy_primitives::address;
use alloy_sol_types::SolCall;
use ballast_types::interfaces::ILightClient;
use bitcoin::hashes::Hash;

use super::*;
use crate::mining;

const TO: Address = SystemContract::LightClient.address();

fn submit(headers: Vec<u8>) -> Vec<u8> {
    ILightClient::submitHeadersCall { headers: headers.into() }.abi_encode()
}

#[test]
fn headers_are_keyed_by_the_last_one() {
    let headers = mining::chain(&mining::genesis(), 3, 0);
    let fact = headers[2].block_hash().to_byte_array().into();
    let key = Ok(DutyKey { kind: DutyKind::Headers, fact, signer: None });
    assert_eq!(classify(TO, &submit(mining::bytes(&headers))), key);
    assert_eq!(classify(TO, &submit(mining::bytes(&headers[1..]))), key);
    assert_ne!(classify(TO, &submit(mining::bytes(&headers[..2]))), key);
}

#[test]
fn what_is_no_duty_is_named() {
    let headers = submit(mining::bytes(&mining::chain(&mining::genesis(), 1, 0)));
    let to = address!("00000000000000000000000000000000000000cc");
    assert_eq!(classify(to, &headers), Err(NotADuty::NoContract { to }));

    let contract = SystemContract::LightClient;
    let tip = ILightClient::tipCall {}.abi_encode();
    let selector = ILightClient::tipCall::SELECTOR;
    assert_eq!(classify(TO, &tip), Err(NotADuty::Function { contract, selector }));
    assert_eq!(classify(TO, &[]), Err(NotADuty::Function { contract, selector: [0; 4] }));
    let contract = SystemContract::Staking;
    let selector = ILightClient::submitHeadersCall::SELECTOR;
    assert_eq!(classify(contract.address(), &headers), Err(NotADuty::Function { contract, selector }));
}

#[test]
fn a_malformed_duty_has_no_key() {
    let malformed = Err(NotADuty::Malformed { kind: DutyKind::Headers });
    let good = submit(mining::bytes(&mining::chain(&mining::genesis(), 1, 0)));
    let trailing = [good.as_slice(), &[0]].concat();
    for input in [submit(vec![]), submit(vec![0; 79]), submit(vec![0; 81]), trailing, good[..4].to_vec()] {
        assert_eq!(classify(TO, &input), malformed);
    }
}

#[test]
fn keys_sort_in_block_order() {
    let key = |kind, byte| DutyKey { kind, fact: B256::repeat_byte(byte), signer: None };
    let mut keys: Vec<_> = DutyKind::ALL.into_iter().rev().map(|kind| key(kind, 1)).collect();
    keys.sort_unstable();
    assert_eq!(keys.iter().map(|key| key.kind).collect::<Vec<_>>(), DutyKind::ALL);
    assert!(key(DutyKind::Headers, 9) < key(DutyKind::Evidence, 0));
}
