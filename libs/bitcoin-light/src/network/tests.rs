use bitcoin::block::Header;
use bitcoin::constants::genesis_block;

use super::*;
use crate::StoredHeader;

const NETWORKS: [Network; 5] =
    [Network::Bitcoin, Network::Testnet, Network::Testnet4, Network::Signet, Network::Regtest];

fn genesis(network: Network) -> Header {
    genesis_block(network).header
}

#[test]
fn the_table_agrees_with_another_implementation() {
    for network in NETWORKS {
        let (ours, theirs) = (HeaderRules::of(network), network.params());
        assert_eq!(ours.limit, theirs.max_attainable_target, "{network}");
        assert_eq!(u64::from(ours.spacing.get()), theirs.pow_target_spacing, "{network}");
        assert_eq!(ours.difficulty.is_adjusted(), !theirs.no_pow_retargeting, "{network}");
        assert_eq!(
            ours.difficulty.allows_late_minimum(),
            theirs.allow_min_difficulty_blocks && !theirs.no_pow_retargeting,
            "{network}"
        );
    }
}

#[test]
fn a_period_is_two_weeks_and_on_regtest_a_day() {
    for network in NETWORKS {
        let days = if network == Network::Regtest { 1 } else { 14 };
        assert_eq!(HeaderRules::of(network).timespan(), days * 24 * 3600, "{network}");
    }
    assert!(HeaderRules::MAINNET.starts_period(854_784));
    assert!(!HeaderRules::MAINNET.starts_period(854_785));
}

#[test]
fn every_genesis_header_is_a_base() {
    for network in NETWORKS {
        let base = StoredHeader::base(HeaderRules::of(network), genesis(network), 0).unwrap();
        assert_eq!(base.hash(), genesis(network).block_hash());
        assert_eq!(base.work, genesis(network).work());
    }
}

#[test]
fn versions_rise_with_the_heights_of_their_bips() {
    let main = HeaderRules::MAINNET;
    for (height, version) in [
        (0, i32::MIN),
        (227_930, i32::MIN),
        (227_931, 2),
        (363_724, 2),
        (363_725, 3),
        (388_380, 3),
        (388_381, 4),
        (u32::MAX, 4),
    ] {
        assert_eq!(main.min_version(height), version, "{height}");
    }
    let test = HeaderRules::TESTNET3;
    assert_eq!(
        [21_110, 21_111, 330_776, 581_885].map(|height| test.min_version(height)),
        [i32::MIN, 2, 3, 4]
    );
    for rules in [HeaderRules::TESTNET4, HeaderRules::SIGNET, HeaderRules::REGTEST] {
        assert_eq!([0, 1].map(|height| rules.min_version(height)), [i32::MIN, 4]);
    }
}
