use bitcoin::{Amount, Network};

use super::*;
use crate::fixture::key;
use crate::params::Params;

fn covenant(size: u8) -> Vec<XOnlyPublicKey> {
    (1..=size).map(key).collect()
}

/// One column of the table of networks.
struct Column {
    network: Network,
    depths: (u32, u32),
    staking_time: (u32, u32),
    unbonding_time: u32,
    unbonding_fee: u64,
    min_slashing_fee: u64,
    min_stake: u64,
    covenant: (usize, usize),
}

fn assert_column(set: &ParamsSet, column: &Column) {
    assert_eq!(set.network(), column.network);
    assert_eq!((set.confirmation_depth(), set.timestamp_depth()), column.depths);
    let params: &Params = set.at(0).unwrap();
    let times = (params.min_staking_time().blocks(), params.max_staking_time().blocks());
    assert_eq!(times, column.staking_time);
    assert_eq!(params.unbonding_time().blocks(), column.unbonding_time);
    assert_eq!(params.unbonding_fee(), Amount::from_sat(column.unbonding_fee));
    assert_eq!(params.slashing().rate.to_string(), "0.1");
    assert_eq!(params.slashing().min_fee, Amount::from_sat(column.min_slashing_fee));
    assert_eq!(params.slashing().script.to_hex_string(), "51024e73");
    assert_eq!(params.min_staking_value(), Amount::from_sat(column.min_stake));
    assert_eq!(params.max_staking_value(), Amount::MAX_MONEY);
    assert_eq!((params.committee().quorum(), params.committee().keys().len()), column.covenant);
}

#[test]
fn the_files_say_what_the_table_of_networks_says() {
    let column = Column {
        network: Network::Bitcoin,
        depths: (30, 300),
        staking_time: (64_000, 64_000),
        unbonding_time: 1_008,
        unbonding_fee: 64_000,
        min_slashing_fee: 100_000,
        min_stake: 500_000,
        covenant: (6, 9),
    };
    assert_column(&mainnet(&covenant(9)).unwrap(), &column);
    let column = Column {
        network: Network::Signet,
        depths: (10, 100),
        staking_time: (10_000, 64_000),
        unbonding_time: 301,
        unbonding_fee: 5_000,
        min_slashing_fee: 5_000,
        min_stake: 50_000,
        covenant: (2, 3),
    };
    assert_column(&testnet(&covenant(3)).unwrap(), &column);
    let column = Column {
        network: Network::Regtest,
        depths: (3, 6),
        staking_time: (200, 64_000),
        unbonding_time: 10,
        unbonding_fee: 2_000,
        min_slashing_fee: 1_000,
        min_stake: 50_000,
        covenant: (2, 3),
    };
    assert_column(&devnet(&covenant(3)).unwrap(), &column);
}

#[test]
fn a_covenant_of_another_size_is_refused() {
    for (read, size) in [(mainnet as fn(&[_]) -> _, 9), (testnet, 3), (devnet, 3)] {
        let set: Result<ParamsSet, ParamsSetError> = read(&covenant(size - 1));
        assert!(matches!(set, Err(ParamsSetError::Params { version: 0, .. })));
        assert_eq!(read(&covenant(size)).unwrap().versions().len(), 1);
    }
}
