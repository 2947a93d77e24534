//! Real mainnet headers, with an adjustment of the difficulty among them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ballast_bitcoin_light::{HeaderError, HeaderRules, MemoryChain, StoredHeader};
use bitcoin::block::Header;
use bitcoin::consensus::deserialize;
use bitcoin::{CompactTarget, Work};

const BASE: u32 = 822_528;
/// As block 824,561 names its parent.
const TIP: &str = "00000000000000000003d70576711e655aaa5b7174772f2bb7d3d194884f3c4b";
/// Index of the first header with a new difficulty.
const ADJUSTMENT: usize = 2016;
/// A time after all of them.
const NOW: u64 = 1_706_745_600;

fn headers() -> Vec<Header> {
    let bytes = include_bytes!("../testvectors/mainnet_822528_824560.bin");
    bytes.chunks(80).map(|bytes| deserialize(bytes).unwrap()).collect()
}

fn chain(base: &Header) -> MemoryChain {
    MemoryChain::new(StoredHeader::base(&HeaderRules::MAINNET, *base, BASE).unwrap())
}

#[test]
fn mainnet_is_followed_through_an_adjustment() {
    let headers = headers();
    let mut chain = chain(&headers[0]);
    chain.extend(&HeaderRules::MAINNET, &headers[1..], NOW).unwrap();
    assert_eq!(chain.tip().height, 824_560);
    assert_eq!(chain.tip().hash().to_string(), TIP);
    assert_ne!(headers[ADJUSTMENT - 1].bits, headers[ADJUSTMENT].bits);
}

/// Bitcoin Core's `chainwork` of the blocks before and at the end of the first period.
#[test]
fn work_adds_up_to_bitcoin_core_s() {
    let headers = headers();
    let mut chain = chain(&headers[0]);
    chain.extend(&HeaderRules::MAINNET, &headers[1..], NOW).unwrap();
    let before = Work::from_unprefixed_hex("624c18bf09286e431639df40").unwrap();
    let after = Work::from_unprefixed_hex("644fd5016eefcff2e182c740").unwrap();
    assert_eq!(before + chain.get(824_543).unwrap().work, after);
}

#[test]
fn header_by_header_is_the_same_as_all_at_once() {
    let headers = headers();
    let mut at_once = chain(&headers[0]);
    at_once.extend(&HeaderRules::MAINNET, &headers[1..], NOW).unwrap();
    let mut one_by_one = chain(&headers[0]);
    for header in &headers[1..] {
        one_by_one.extend(&HeaderRules::MAINNET, &[*header], NOW).unwrap();
    }
    assert_eq!(one_by_one, at_once);
}

#[test]
fn the_old_difficulty_is_refused_after_the_adjustment() {
    let mut headers = headers();
    let (expected, found) = (headers[ADJUSTMENT].bits, headers[ADJUSTMENT - 1].bits);
    headers[ADJUSTMENT].bits = found;
    let error = chain(&headers[0]).extend(&HeaderRules::MAINNET, &headers[1..], NOW).unwrap_err();
    assert_eq!(error, HeaderError::WrongBits { height: 824_544, expected, found });
}

#[test]
fn a_changed_header_has_lost_its_work() {
    let mut headers = headers();
    headers[700].nonce ^= 1;
    let error = chain(&headers[0]).extend(&HeaderRules::MAINNET, &headers[1..], NOW).unwrap_err();
    assert!(matches!(error, HeaderError::NoWork { height: 823_228, .. }), "{error}");
}

#[test]
fn mainnet_headers_do_not_pass_for_another_network() {
    let headers = headers();
    let limit = CompactTarget::from_consensus(0x1d00_ffff);
    let rules = HeaderRules::TESTNET4;
    let late = headers.windows(2).position(|pair| pair[1].time > pair[0].time + 1200).unwrap();
    let base = StoredHeader::base(&rules, headers[0], BASE).unwrap();
    let error = MemoryChain::new(base).extend(&rules, &headers[1..], NOW).unwrap_err();
    let height = BASE + late as u32 + 1;
    assert_eq!(error, HeaderError::WrongBits { height, expected: limit, found: headers[0].bits });
}
