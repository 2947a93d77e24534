//! `testvectors/btc_headers.json`, row by row.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use core::str::FromStr;

use ballast_bitcoin_light::{HeaderError, HeaderRules, MemoryChain, StoredHeader, retarget, target_of};
use bitcoin::block::Header;
use bitcoin::consensus::deserialize;
use bitcoin::{BlockHash, CompactTarget, Target};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    vectors: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Row {
    Retarget(Adjustment),
    BaseHeader(Base),
    Header(Single),
    RegtestChain(Box<Fork>),
}

#[derive(Deserialize)]
struct Adjustment {
    first_time: u32,
    last_time: u32,
    old_bits: String,
    new_bits: String,
}

#[derive(Deserialize)]
struct Base {
    network: String,
    header: String,
    hash: String,
    height: String,
    work: String,
    bits: String,
    target: String,
    block_work: String,
    work_matches_genesis: bool,
    height_mod_2016: u32,
}

#[derive(Deserialize)]
struct Single {
    network: String,
    header: String,
    hash: String,
    bits: String,
    pow_ok: bool,
    work: String,
}

#[derive(Deserialize)]
struct Fork {
    genesis: String,
    genesis_hash: String,
    headers: Vec<String>,
    fork_from_height: usize,
    fork_headers: Vec<String>,
    next_time_equal_mtp_rejected: String,
    next_time_mtp_plus_1_accepted: String,
    mtp: u32,
}

fn header(hex: &str) -> Header {
    deserialize(&hex::decode(hex).unwrap()).unwrap()
}

fn headers(hex: &[String]) -> Vec<Header> {
    hex.iter().map(|hex| header(hex)).collect()
}

fn bits(hex: &str) -> CompactTarget {
    CompactTarget::from_unprefixed_hex(hex).unwrap()
}

fn check_retarget(row: &Adjustment) {
    let rules = HeaderRules::MAINNET;
    let old = target_of(bits(&row.old_bits), rules.limit).unwrap();
    assert_eq!(retarget(&rules, old, row.first_time, row.last_time), bits(&row.new_bits));
}

fn check_base(row: &Base) {
    let rules = match row.network.as_str() {
        "bbn-1" => HeaderRules::MAINNET,
        "bbn-test-5" => HeaderRules::SIGNET,
        network => panic!("no rules for {network}"),
    };
    let header = header(&row.header);
    let height: u32 = row.height.parse().unwrap();
    assert_eq!(height % rules.interval, row.height_mod_2016);
    let base = StoredHeader::base(&rules, header, height).unwrap();
    assert_eq!(base.hash(), BlockHash::from_str(&row.hash).unwrap());
    assert_eq!(header.bits, bits(&row.bits));
    let target = Target::from_unprefixed_hex(&row.target).unwrap();
    assert_eq!(target_of(header.bits, rules.limit), Ok(target));
    assert_eq!(target.to_work().to_string(), row.block_work);
    assert_eq!(base.work.to_string() == row.work, row.work_matches_genesis);
    assert!(StoredHeader::base(&rules, header, height + 1).is_err());
}

fn check_header(row: &Single) {
    let rules = match row.network.as_str() {
        "mainnet" => HeaderRules::MAINNET,
        "testnet3" => HeaderRules::TESTNET3,
        network => panic!("no rules for {network}"),
    };
    let header = header(&row.header);
    assert_eq!(header.block_hash(), BlockHash::from_str(&row.hash).unwrap());
    assert_eq!(header.bits, bits(&row.bits));
    let target = target_of(header.bits, rules.limit).unwrap();
    assert_eq!(target.is_met_by(header.block_hash()), row.pow_ok);
    assert_eq!(target.to_work().to_string(), row.work);
}

fn check_fork(row: &Fork) {
    let rules = HeaderRules::REGTEST;
    let base = StoredHeader::base(&rules, header(&row.genesis), 0).unwrap();
    assert_eq!(base.hash(), BlockHash::from_str(&row.genesis_hash).unwrap());
    let mut chain = MemoryChain::new(base);
    let main = headers(&row.headers);
    let now = u64::from(row.mtp);
    chain.extend(&rules, &main, now).unwrap();

    let judge = |hex: &str| chain.clone().extend(&rules, &[header(hex)], now).map(drop);
    let height = main.len() as u32 + 1;
    let too_old = HeaderError::TooOld { height, median: row.mtp, found: row.mtp };
    assert_eq!(judge(&row.next_time_equal_mtp_rejected), Err(too_old));
    assert_eq!(judge(&row.next_time_mtp_plus_1_accepted), Ok(()));

    let fork = headers(&row.fork_headers);
    let best = chain.tip().work;
    let equal = main.len() - row.fork_from_height;
    for count in 1..=equal {
        let refused = chain.clone().extend(&rules, &fork[..count], now).unwrap_err();
        let found = chain.get((row.fork_from_height + count) as u32).unwrap().work;
        assert_eq!(refused, HeaderError::NotHeavier { best, found });
    }
    assert_eq!(fork.len(), equal + 1);
    let extension = chain.extend(&rules, &fork, now).unwrap();
    assert_eq!((extension.fork.height as usize, extension.removed.len()), (row.fork_from_height, equal));
    assert_eq!(chain.tip().header, fork[equal]);
}

#[test]
fn every_row_holds() {
    let file: File = serde_json::from_str(include_str!("../testvectors/btc_headers.json")).unwrap();
    assert_eq!(file.vectors.len(), 9);
    for row in &file.vectors {
        match row {
            Row::Retarget(row) => check_retarget(row),
            Row::BaseHeader(row) => check_base(row),
            Row::Header(row) => check_header(row),
            Row::RegtestChain(row) => check_fork(row),
        }
    }
}
