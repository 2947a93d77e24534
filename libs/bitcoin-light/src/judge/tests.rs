use bitcoin::block::Version;
use proptest::prelude::*;

use super::*;
use crate::MemoryChain;
use crate::mining::{EASY, HARD, LATE, REGTEST_BITS, headers, mine, regtest_chain, regtest_headers};
use crate::mining::{short, short_chain, solve};

/// Three headers that take no time, so that the next period is four times as hard.
const FAST_PERIOD: [(u32, u32); 3] = [(1, EASY); 3];
/// Three headers in three spacings.
const NORMAL_PERIOD: [(u32, u32); 3] = [(600, EASY); 3];

fn chain_of(rules: &HeaderRules, steps: &[(u32, u32)]) -> MemoryChain {
    let mut chain = short_chain(rules);
    let list = headers(&chain.base().header, steps, 0);
    chain.extend(rules, &list, LATE).unwrap();
    chain
}

/// Judges one header with this gap and these bits on top of the chain, and takes it.
fn try_step(chain: &mut MemoryChain, rules: &HeaderRules, gap: u32, bits: u32) -> Result<(), HeaderError> {
    let parent = chain.tip().header;
    chain.extend(rules, &[mine(&parent, parent.time + gap, bits, 0)], LATE).map(drop)
}

fn wrong_bits(height: u32, expected: u32, found: u32) -> Result<(), HeaderError> {
    let [expected, found] = [expected, found].map(CompactTarget::from_consensus);
    Err(HeaderError::WrongBits { height, expected, found })
}

#[test]
fn difficulty_rises_after_a_fast_period_and_stays_within_the_next() {
    let rules = short(Difficulty::Adjusted);
    let mut chain = chain_of(&rules, &FAST_PERIOD);
    assert_eq!(try_step(&mut chain, &rules, 600, EASY), wrong_bits(4, HARD, EASY));
    assert_eq!(try_step(&mut chain, &rules, 600, HARD), Ok(()));
    assert_eq!(try_step(&mut chain, &rules, 600, EASY), wrong_bits(5, HARD, EASY));
    assert_eq!(try_step(&mut chain, &rules, 600, HARD), Ok(()));
}

#[test]
fn an_adjustment_counts_one_spacing_too_few() {
    let rules = short(Difficulty::Adjusted);
    let mut chain = chain_of(&rules, &NORMAL_PERIOD);
    let three_quarters = 0x2000_bfff;
    assert_eq!(try_step(&mut chain, &rules, 600, EASY), wrong_bits(4, three_quarters, EASY));
    assert_eq!(try_step(&mut chain, &rules, 600, three_quarters), Ok(()));
}

#[test]
fn a_late_header_carries_the_limit_only_on_testnets() {
    for difficulty in [Difficulty::LateMinimum, Difficulty::Bip94] {
        let rules = short(difficulty);
        let mut chain = chain_of(&rules, &FAST_PERIOD);
        assert_eq!(try_step(&mut chain, &rules, 5000, EASY), wrong_bits(4, HARD, EASY), "first of a period");
        assert_eq!(try_step(&mut chain, &rules, 5000, HARD), Ok(()));
        assert_eq!(try_step(&mut chain, &rules, 1200, EASY), wrong_bits(5, HARD, EASY));
        assert_eq!(try_step(&mut chain, &rules, 1201, HARD), wrong_bits(5, EASY, HARD));
        assert_eq!(try_step(&mut chain, &rules, 1201, EASY), Ok(()));
        assert_eq!(
            try_step(&mut chain, &rules, 1200, EASY),
            wrong_bits(6, HARD, EASY),
            "back to the real one"
        );
        assert_eq!(try_step(&mut chain, &rules, 1200, HARD), Ok(()));
    }
    let rules = short(Difficulty::Adjusted);
    let mut chain = chain_of(&rules, &FAST_PERIOD);
    assert_eq!(try_step(&mut chain, &rules, 1, HARD), Ok(()));
    assert_eq!(try_step(&mut chain, &rules, 1201, EASY), wrong_bits(5, HARD, EASY));
}

/// A period at four times the minimum that takes one second more than it should and ends in a late
/// exception. Testnet3 adjusts from the exception, testnet4 from the first header.
#[test]
fn testnet3_adjusts_from_the_last_header_and_testnet4_from_the_first() {
    let late_end = [(600, HARD), (600, HARD), (600, HARD), (1201, EASY)];
    let steps = [FAST_PERIOD.as_slice(), &late_end].concat();
    let hard_times_2401_by_2400 = 0x1f40_0693;

    let rules = short(Difficulty::LateMinimum);
    let mut chain = chain_of(&rules, &steps);
    assert_eq!(
        try_step(&mut chain, &rules, 600, hard_times_2401_by_2400),
        wrong_bits(8, EASY, hard_times_2401_by_2400)
    );
    assert_eq!(try_step(&mut chain, &rules, 600, EASY), Ok(()));

    let rules = short(Difficulty::Bip94);
    let mut chain = chain_of(&rules, &steps);
    assert_eq!(try_step(&mut chain, &rules, 600, EASY), wrong_bits(8, hard_times_2401_by_2400, EASY));
    assert_eq!(try_step(&mut chain, &rules, 600, hard_times_2401_by_2400), Ok(()));
}

#[test]
fn a_period_on_testnet4_cannot_start_more_than_ten_minutes_back() {
    let steps = [(1, EASY), (1, EASY), (5000, EASY)];
    let dated_back = |difficulty, seconds| {
        let rules = short(difficulty);
        let mut chain = chain_of(&rules, &steps);
        let parent = chain.tip().header;
        chain.extend(&rules, &[mine(&parent, parent.time - seconds, EASY, 0)], LATE).map(drop)
    };
    let parent_time = chain_of(&short(Difficulty::Bip94), &steps).tip().header.time;
    assert_eq!(
        dated_back(Difficulty::Bip94, 601),
        Err(HeaderError::Timewarp { height: 4, earliest: parent_time - 600, found: parent_time - 601 })
    );
    assert_eq!(dated_back(Difficulty::Bip94, 600), Ok(()));
    assert_eq!(dated_back(Difficulty::LateMinimum, 601), Ok(()));
}

#[test]
fn within_a_period_testnet4_allows_any_time_after_the_median() {
    let rules = short(Difficulty::Bip94);
    let mut chain = chain_of(&rules, &[(1, EASY), (5000, EASY)]);
    let parent = chain.tip().header;
    assert!(chain.extend(&rules, &[mine(&parent, parent.time - 601, EASY, 0)], LATE).is_ok());
}

#[test]
fn time_must_be_after_the_median_of_eleven() {
    let rules = HeaderRules::REGTEST;
    let mut chain = regtest_chain(20);
    let parent = chain.tip().header;
    let median = chain.get(15).unwrap().header.time;
    let with_time = |time| [mine(&parent, time, REGTEST_BITS, 0)];
    assert_eq!(
        chain.extend(&rules, &with_time(median), LATE),
        Err(HeaderError::TooOld { height: 21, median, found: median })
    );
    assert!(chain.extend(&rules, &with_time(median + 1), LATE).is_ok());
}

#[test]
fn the_median_moves_along_a_list() {
    let mut chain = regtest_chain(0);
    let mut list = regtest_headers(&chain.tip().header, 20, 0);
    let (parent, median) = (list[19], list[14].time);
    list.push(mine(&parent, median, REGTEST_BITS, 0));
    let too_old = HeaderError::TooOld { height: 21, median, found: median };
    assert_eq!(chain.extend(&HeaderRules::REGTEST, &list, LATE), Err(too_old));
    list[20] = mine(&parent, median + 1, REGTEST_BITS, 0);
    assert!(chain.extend(&HeaderRules::REGTEST, &list, LATE).is_ok());
}

#[test]
fn near_the_base_the_median_is_of_the_headers_there_are() {
    let mut past = VecDeque::from([5]);
    let median = |times: &VecDeque<u32>| ancestry(times.clone()).median_time();
    assert_eq!(median(&past), 5);
    past.push_back(9);
    assert_eq!(median(&past), 9);
    past.push_back(7);
    assert_eq!(median(&past), 7);
    past.push_back(8);
    assert_eq!(median(&past), 8);
}

fn ancestry(times: VecDeque<u32>) -> Ancestry {
    let parent = *regtest_chain(0).tip();
    Ancestry { parent, parent_hash: parent.hash(), period_first: parent.header, times }
}

#[test]
fn time_may_be_two_hours_ahead_and_no_second_more() {
    let rules = HeaderRules::REGTEST;
    let mut chain = regtest_chain(3);
    let parent = chain.tip().header;
    let header = mine(&parent, parent.time + 600, REGTEST_BITS, 0);
    let on_the_edge = u64::from(header.time) - MAX_FUTURE;
    assert_eq!(
        chain.extend(&rules, &[header], on_the_edge - 1),
        Err(HeaderError::TooNew { height: 4, latest: u64::from(header.time) - 1, found: header.time })
    );
    assert!(chain.extend(&rules, &[header], on_the_edge).is_ok());
}

#[test]
fn outdated_versions_are_refused() {
    let rules = HeaderRules::REGTEST;
    for found in [i32::MIN, -1, 0, 1, 2, 3] {
        let mut chain = regtest_chain(3);
        let mut header = regtest_headers(&chain.tip().header, 1, 0)[0];
        header.version = Version::from_consensus(found);
        solve(&mut header);
        assert_eq!(
            chain.extend(&rules, &[header], LATE),
            Err(HeaderError::OldVersion { height: 4, required: 4, found })
        );
        header.version = Version::from_consensus(4);
        solve(&mut header);
        assert!(chain.extend(&rules, &[header], LATE).is_ok());
    }
}

#[test]
fn a_hash_above_its_target_is_refused() {
    let rules = HeaderRules::REGTEST;
    let mut chain = regtest_chain(3);
    let mut header = regtest_headers(&chain.tip().header, 1, 0)[0];
    while header.target().is_met_by(header.block_hash()) {
        header.nonce += 1;
    }
    let (target, hash) = (rules.limit, header.block_hash());
    let error = chain.extend(&rules, &[header], LATE).unwrap_err();
    assert_eq!(error, HeaderError::NoWork { height: 4, target, hash });
    assert_eq!(
        error.to_string(),
        format!("header at height 4 has hash {hash}, above its target 0x7fffff{}", "0".repeat(58))
    );
}

/// Bitcoin Core's way to the required bits (`pow.cpp`, `GetNextWorkRequired`), which walks back over
/// late exceptions. `chain` starts at height 0.
fn required_by_walking_back(rules: &HeaderRules, chain: &[Header], time: u32) -> CompactTarget {
    let (limit, height) = (rules.limit.to_compact_lossy(), chain.len());
    let (last, first) = (chain[height - 1], chain[height.saturating_sub(4)]);
    if height.is_multiple_of(4) {
        let old = if rules.difficulty == Difficulty::Bip94 { first } else { last };
        return retarget(rules, old.target(), first.time, last.time);
    }
    if !rules.difficulty.allows_late_minimum() {
        return last.bits;
    }
    if time > last.time + 1200 {
        return limit;
    }
    let mut at = height - 1;
    while at > 0 && !at.is_multiple_of(4) && chain[at].bits == limit {
        at -= 1;
    }
    chain[at].bits
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn required_bits_are_those_that_bitcoin_core_walks_back_to(
        difficulty in prop::sample::select(vec![
            Difficulty::Adjusted, Difficulty::LateMinimum, Difficulty::Bip94,
        ]),
        gaps in prop::collection::vec(prop::sample::select(vec![1, 300, 600, 1200, 1201, 5000]), 1..14),
    ) {
        let rules = short(difficulty);
        let mut chain = short_chain(&rules);
        let mut headers = vec![chain.base().header];
        for gap in gaps {
            let parent = headers[headers.len() - 1];
            let time = parent.time + gap;
            let bits = required_by_walking_back(&rules, &headers, time).to_consensus();
            headers.push(mine(&parent, time, bits, 0));
            let taken = chain.extend(&rules, &headers[headers.len() - 1..], LATE).map(drop);
            prop_assert_eq!(taken, Ok(()), "at height {}", headers.len() - 1);
        }
        let mut at_once = MemoryChain::new(*chain.base());
        at_once.extend(&rules, &headers[1..], LATE).unwrap();
        prop_assert_eq!(at_once, chain);
    }
}
