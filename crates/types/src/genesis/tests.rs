use alloy_primitives::address;
use bitcoin::{consensus::serialize, constants::genesis_block};

use super::*;

fn validator(n: u8) -> GenesisValidator {
    let keys = ValidatorKeys { ed25519: B256::repeat_byte(n), bls: FixedBytes::repeat_byte(n) };
    GenesisValidator { keys, possession: FixedBytes::repeat_byte(n) }
}

fn raw(header: &BitcoinHeader) -> FixedBytes<80> {
    FixedBytes::from_slice(&serialize(header))
}

fn genesis() -> Genesis {
    let header = genesis_block(bitcoin::Network::Regtest).header;
    Genesis {
        timestamp_ms: 1_700_000_000_250,
        parameters: Parameters::of(Network::Devnet),
        validators: vec![validator(1), validator(2)],
        bitcoin: BitcoinBase { height: 0, headers: vec![raw(&header)] },
        providers: Vec::new(),
        alloc: BTreeMap::from([(address!("00000000000000000000000000000000000000aa"), U256::from(1_000))]),
    }
}

/// `count` headers, each on the one before.
fn chain(count: usize) -> Vec<FixedBytes<80>> {
    let mut header = genesis_block(bitcoin::Network::Regtest).header;
    let mut headers = Vec::new();
    for _ in 0..count {
        headers.push(raw(&header));
        header.prev_blockhash = header.block_hash();
    }
    headers
}

#[test]
fn providers_need_a_covenant_and_keys_of_their_own() {
    let key = |hex: &str| hex.parse::<B256>().unwrap();
    // x coordinates of 1, 2, 3 and 4 times the generator
    let keys = [
        key("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
        key("c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"),
        key("f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"),
        key("e493dbf1c10d80f3581e4904930b1404cc6c13900ee0758474fa94abe8c4cd13"),
    ];
    let mut covered = genesis();
    covered.parameters.staking.covenant_keys = keys[..3].to_vec();
    let owner = Address::repeat_byte(1);
    let good =
        GenesisProvider { key: keys[3], owner, commission_bp: 500, start: 1, count: 9, root: B256::ZERO };
    let check = |providers: Vec<GenesisProvider>| Genesis { providers, ..covered.clone() }.check();
    assert!(check(vec![good]).is_ok());
    assert_eq!(Genesis::from_json(&covered.to_json()).unwrap(), covered);
    for (bad, reason) in [
        (GenesisProvider { key: B256::ZERO, ..good }, "no x-only"),
        (GenesisProvider { key: keys[0], ..good }, "covenant member"),
        (GenesisProvider { commission_bp: 10_001, ..good }, "10000"),
        (GenesisProvider { start: 0, ..good }, "height 1"),
        (GenesisProvider { count: 0, ..good }, "at least one"),
        (GenesisProvider { count: u64::MAX, ..good }, "beyond"),
    ] {
        assert!(check(vec![bad]).unwrap_err().to_string().contains(reason), "{reason}");
    }
    assert!(check(vec![good, good]).unwrap_err().to_string().contains("providers[1]"));
    let bare = Genesis { providers: vec![good], ..genesis() }.check();
    assert!(bare.unwrap_err().to_string().contains("no covenant"));
}

#[test]
fn both_file_formats_give_the_same_chain() {
    let genesis = genesis();
    assert_eq!(Genesis::from_json(&genesis.to_json()).unwrap(), genesis);
    let toml = toml::to_string(&genesis).unwrap();
    let parsed = Genesis::from_toml(&toml).unwrap();
    assert_eq!(parsed, genesis);
    assert_eq!(parsed.hash(), genesis.hash());
}

#[test]
fn unknown_fields_are_refused() {
    let unknown = genesis().to_json().replacen("{", "{\"premine\":1,", 1);
    assert!(matches!(Genesis::from_json(&unknown), Err(GenesisError::Json(_))));
    assert!(matches!(Genesis::from_toml("timestamp_ms = 1"), Err(GenesisError::Toml(_))));
}

#[test]
fn every_field_is_in_the_hash_and_the_hash_in_the_block() {
    let original = genesis();
    let changes: [fn(&mut Genesis); 5] = [
        |g| g.timestamp_ms += 1_000,
        |g| g.parameters.chain.max_step_ms += 1,
        |g| g.validators[0].possession = FixedBytes::ZERO,
        |g| g.bitcoin.headers[0][0] ^= 1,
        |g| g.alloc.clear(),
    ];
    for change in changes {
        let mut changed = original.clone();
        change(&mut changed);
        assert_ne!(changed.hash(), original.hash());
        let block = |g: &Genesis| g.block(B256::ZERO, OperationRange::default()).hash();
        assert_ne!(block(&changed), block(&original));
    }
}

#[test]
fn genesis_block_is_well_formed() {
    let genesis = genesis();
    let block = genesis.block(B256::repeat_byte(9), OperationRange { end: 1, ..Default::default() });
    assert_eq!(Block::decode_exact(&block.encoded()), Ok(block.clone()));
    let extra = block.extra().unwrap();
    assert_eq!(extra.next_committee, genesis.committee());
    assert_eq!(extra.time_ms(block.header.timestamp), genesis.timestamp_ms);
    assert_eq!(block.header.state_root, B256::repeat_byte(9));
    assert_eq!(block.header.base_fee_per_gas, Some(1_000_000));
}

#[test]
fn committee_rules_bite() {
    let with = |validators| Genesis { validators, ..genesis() }.check();
    assert!(matches!(with(vec![]), Err(GenesisError::TooFewValidators { found: 0, needed: 1 })));
    let unsorted = with(vec![validator(2), validator(1)]);
    assert!(matches!(unsorted, Err(GenesisError::Committee(ExtraError::CommitteeOrder(1)))));
    let mut twin = validator(2);
    twin.keys.bls = validator(1).keys.bls;
    assert!(matches!(with(vec![validator(1), twin]), Err(GenesisError::RepeatedBlsKey(1))));
}

#[test]
fn bitcoin_base_rules_bite() {
    let with = |height, headers| Genesis { bitcoin: BitcoinBase { height, headers }, ..genesis() }.check();
    assert!(with(0, chain(1)).is_ok());
    assert!(with(2_016, chain(11)).is_ok());
    assert!(matches!(with(2_017, chain(11)), Err(GenesisError::BaseHeight(2_017))));
    assert!(matches!(with(0, vec![]), Err(GenesisError::TooFewHeaders { found: 0, needed: 1 })));
    assert!(matches!(with(2_016, chain(10)), Err(GenesisError::TooFewHeaders { found: 10, needed: 11 })));
    let mut broken = chain(3);
    broken[1] = broken[2];
    assert!(matches!(with(0, broken), Err(GenesisError::BrokenChain { index: 1, .. })));
}

#[test]
fn test_funds_are_for_devnets_only() {
    let with = |address, wei| {
        let alloc = BTreeMap::from([(address, wei)]);
        Genesis { alloc, ..genesis() }.check()
    };
    let somebody = address!("00000000000000000000000000000000000000aa");
    assert!(with(somebody, U256::from(MAX_SUPPLY_WEI)).is_ok());
    assert!(matches!(with(somebody, U256::from(MAX_SUPPLY_WEI) + U256::ONE), Err(GenesisError::Alloc(_))));
    assert!(matches!(with(SystemContract::Rewards.address(), U256::ONE), Err(GenesisError::Alloc(_))));
    let overflowing = BTreeMap::from([(somebody, U256::MAX), (Address::ZERO, U256::MAX)]);
    assert!(matches!(Genesis { alloc: overflowing, ..genesis() }.check(), Err(GenesisError::Alloc(_))));
    let mut mainnet = genesis();
    mainnet.parameters.network = Network::Mainnet;
    assert!(matches!(mainnet.check(), Err(GenesisError::Alloc(_))));
    mainnet.alloc.clear();
    assert!(mainnet.check().is_ok());
}
