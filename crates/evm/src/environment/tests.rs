use alloy_primitives::{U256, address};
use ballast_types::{Network, Parameters};

use super::*;
use crate::testing::{Chain, alice};

fn chain() -> ChainParameters {
    Parameters::of(Network::Devnet).chain
}

fn parent(gas_used: u64, base_fee: u64) -> Header {
    Header { gas_limit: 60_000_000, gas_used, base_fee_per_gas: Some(base_fee), ..Header::default() }
}

#[test]
fn base_fee_moves_an_eighth_and_stops_at_the_floor() {
    let floor = 1_000_000;
    assert_eq!(next_base_fee(&parent(30_000_000, 8_000_000), floor), 8_000_000);
    assert_eq!(next_base_fee(&parent(60_000_000, 8_000_000), floor), 9_000_000);
    assert_eq!(next_base_fee(&parent(0, 8_000_000), floor), 7_000_000);
    assert_eq!(next_base_fee(&parent(0, floor), floor), floor);
    assert_eq!(next_base_fee(&parent(0, floor + 1), floor), floor);
}

#[test]
fn a_sealed_block_passes_its_own_check() {
    let base = Chain::new();
    let block = base.seal(vec![], &Outcome::default());
    let environment = check_header(&base.head.header, base.head.hash(), &block.header, &chain()).unwrap();
    assert_eq!(environment, base.next());
    assert_eq!(Environment::of(&block.header).unwrap(), environment);
    assert_eq!(block.header.mix_hash, keccak256(base.head.hash()));
}

#[test]
fn time_must_rise_by_at_most_one_step() {
    let base = Chain::new();
    let (parent, hash) = (&base.head.header, base.head.hash());
    let now = time_ms(parent).unwrap();
    let at = |time| {
        let environment = Environment { timestamp_ms: time, ..base.next() };
        let block = environment.seal(vec![], &Outcome::default(), Seal::default());
        check_header(parent, hash, &block.header, &chain()).map(|environment| environment.timestamp_ms)
    };
    let latest = now + 600_000;
    assert_eq!(at(now + 1), Ok(now + 1));
    assert_eq!(at(latest), Ok(latest));
    for found in [0, now, latest + 1] {
        assert_eq!(at(found), Err(HeaderError::Time { parent: now, latest, found }));
    }
}

#[test]
fn blocks_within_one_second_keep_the_ethereum_timestamp() {
    let mut base = Chain::new();
    let start = time_ms(&base.head.header).unwrap();
    let environment = Environment { timestamp_ms: start + 200, ..base.next() };
    base.head = environment.seal(vec![], &Outcome::default(), Seal::default());
    assert_eq!(base.head.header.timestamp, start / 1_000);
    assert_eq!(time_ms(&base.head.header), Ok(start + 200));
}

#[test]
fn each_header_rule_bites() {
    let base = Chain::new();
    let refused = |change: fn(&mut Header)| {
        let mut header = base.seal(vec![], &Outcome::default()).header;
        change(&mut header);
        check_header(&base.head.header, base.head.hash(), &header, &chain()).unwrap_err()
    };
    assert_eq!(refused(|h| h.number += 1), HeaderError::Number { expected: 2, found: 3 });
    let expected = base.head.hash();
    assert_eq!(refused(|h| h.parent_hash = B256::ZERO), HeaderError::Parent { expected, found: B256::ZERO });
    let limit = HeaderError::GasLimit { expected: 60_000_000, found: 60_000_001 };
    assert_eq!(refused(|h| h.gas_limit += 1), limit);
    let fee = HeaderError::BaseFee { expected: 1_000_000, found: Some(999_999) };
    assert_eq!(refused(|h| h.base_fee_per_gas = Some(999_999)), fee);
    assert_eq!(
        refused(|h| h.base_fee_per_gas = None),
        HeaderError::BaseFee { expected: 1_000_000, found: None }
    );
    assert!(matches!(refused(|h| h.beneficiary = Address::ZERO), HeaderError::Beneficiary { .. }));
    assert!(matches!(refused(|h| h.mix_hash = B256::ZERO), HeaderError::Prevrandao { .. }));
    assert!(matches!(refused(|h| h.extra_data = Default::default()), HeaderError::Extra(_)));
}

#[test]
fn opcodes_see_the_environment() {
    let mut base = Chain::new();
    let show = |opcode: &str| crate::testing::asm(&format!("{opcode} PUSH0 MSTORE PUSH1 0x20 PUSH0 RETURN"));
    let word = |output: &[u8]| U256::from_be_slice(output);
    let mut seen = |opcode| {
        let contract = base.deploy(&show(opcode));
        let output = base.call(contract, vec![]).unwrap().output;
        (word(&output), base.head.header.clone())
    };
    let (number, header) = seen("NUMBER");
    assert_eq!(number, U256::from(header.number));
    let (time, header) = seen("TIMESTAMP");
    assert_eq!(time, U256::from(header.timestamp));
    let (randomness, header) = seen("DIFFICULTY");
    assert_eq!(B256::from(randomness), keccak256(header.parent_hash));
    let (coinbase, _) = seen("COINBASE");
    assert_eq!(Address::from_word(coinbase.into()), address!("ba11a57000000000000000000000000000000006"));
    assert_eq!(seen("CHAINID").0, U256::from(840_099));
    assert_eq!(seen("GASLIMIT").0, U256::from(60_000_000));
    assert_eq!(seen("BLOBBASEFEE").0, U256::from(1));
    // a call that pays nothing sees no base fee; one that pays does
    assert_eq!(seen("BASEFEE").0, U256::ZERO);
    let contract = base.deploy(&show("BASEFEE"));
    let request = crate::CallRequest {
        from: alice().address,
        to: alloy_primitives::TxKind::Call(contract),
        gas_price: Some(2_000_000),
        ..Default::default()
    };
    let output = base.simulate(&request).unwrap().output;
    assert_eq!(word(&output), U256::from(base.head.header.base_fee_per_gas.unwrap()));
}
