use core::num::NonZeroU32;

use bitcoin::CompactTarget;
use bitcoin::constants::genesis_block;
use bitcoin::{Network, Target};

use super::*;
use crate::mining::{EASY, GENESIS_TIME, HARD, LATE, headers, mine, regtest_chain, regtest_headers, short};
use crate::mining::{REGTEST_BITS, short_chain, solve};
use crate::{Difficulty, MemoryChain};

const REGTEST: HeaderRules = HeaderRules::REGTEST;

fn header_at(chain: &MemoryChain, height: u32) -> Header {
    chain.get(height).unwrap().header
}

/// What the judgement says on regtest, without taking the headers.
fn judge(chain: &MemoryChain, list: &[Header]) -> Result<Extension, HeaderError> {
    chain.clone().extend(&REGTEST, list, LATE)
}

#[test]
fn the_tip_is_extended() {
    let mut chain = regtest_chain(5);
    let tip = *chain.tip();
    let list = regtest_headers(&tip.header, 3, 1);
    let extension = chain.extend(&REGTEST, &list, LATE).unwrap();
    assert_eq!(extension.fork, tip);
    assert_eq!(extension.old_tip(), &tip);
    assert_eq!(extension.removed, []);
    let per_header = REGTEST.limit.to_work();
    let mut work = tip.work;
    for (added, (height, header)) in extension.added.iter().zip((6..).zip(list)) {
        work = work + per_header;
        assert_eq!(*added, StoredHeader { header, height, work });
    }
    assert_eq!(extension.added.len(), 3);
    assert_eq!(chain.tip(), extension.new_tip());
}

#[test]
fn reorganisations_of_one_to_ten_are_followed() {
    for depth in 1..=10u32 {
        let mut chain = regtest_chain(12);
        let before = chain.clone();
        let fork = header_at(&chain, 12 - depth);
        let list = regtest_headers(&fork, depth as usize + 1, 1);
        let refused = HeaderError::NotHeavier { best: chain.tip().work, found: chain.tip().work };
        assert_eq!(judge(&chain, &list[..depth as usize]), Err(refused), "equal work, depth {depth}");

        let extension = chain.extend(&REGTEST, &list, LATE).unwrap();
        assert_eq!(extension.fork, *before.get(12 - depth).unwrap());
        let removed: Vec<StoredHeader> = (13 - depth..=12).rev().map(|h| *before.get(h).unwrap()).collect();
        assert_eq!(extension.removed, removed);
        assert_eq!(extension.added.iter().map(|added| added.header).collect::<Vec<_>>(), list);
        assert_eq!((chain.tip().height, chain.tip().header), (13, list[depth as usize]));
    }
}

#[test]
fn no_reorganisation_is_too_deep() {
    let mut chain = regtest_chain(300);
    let list = regtest_headers(&header_at(&chain, 0), 301, 1);
    let extension = chain.extend(&REGTEST, &list, LATE).unwrap();
    assert_eq!((extension.fork.height, extension.removed.len(), extension.added.len()), (0, 300, 301));
}

#[test]
fn less_work_is_refused() {
    let chain = regtest_chain(10);
    let list = regtest_headers(&header_at(&chain, 5), 2, 1);
    let found = chain.get(7).unwrap().work;
    assert_eq!(judge(&chain, &list), Err(HeaderError::NotHeavier { best: chain.tip().work, found }));
}

/// Both chains leave height 1. One goes on at the pace that keeps the minimum, to height 9. The other
/// hurries through the period, must then work four times as hard, and ends at height 5 with more work.
#[test]
fn a_heavier_but_shorter_fork_wins() {
    let rules = short(Difficulty::Adjusted);
    let mut chain = short_chain(&rules);
    let first = mine(&chain.base().header, GENESIS_TIME + 1, EASY, 0);
    let slow = headers(&first, &[(1200, EASY); 8], 0);
    chain.extend(&rules, &[&[first], &slow[..]].concat(), LATE).unwrap();
    let old_tip = *chain.tip();

    let fast = headers(&first, &[(1, EASY), (1, EASY), (1, HARD), (1, HARD)], 1);
    let extension = chain.extend(&rules, &fast, LATE).unwrap();
    assert_eq!((old_tip.height, extension.removed.len()), (9, 8));
    assert_eq!((chain.tip().height, chain.tip().header), (5, fast[3]));
    assert!(chain.tip().work > old_tip.work);
    assert_eq!(chain.get(6), None);
    assert_eq!(chain.find(&old_tip.hash()), None);
}

/// The fork leaves the chain in one period and ends in the next: the adjustment between reads the
/// period's first header from the chain and its last from the fork.
#[test]
fn a_fork_across_an_adjustment_is_judged_by_its_own_times() {
    let rules = short(Difficulty::Adjusted);
    let mut chain = short_chain(&rules);
    let common = headers(&chain.base().header, &[(1, EASY), (1, EASY)], 0);
    let slow = headers(&common[1], &[(5000, EASY), (600, EASY)], 0);
    chain.extend(&rules, &[common.clone(), slow].concat(), LATE).unwrap();
    let (easy, hard) = ([(1, EASY), (600, EASY)], [(1, EASY), (600, HARD)]);
    let expected = CompactTarget::from_consensus(HARD);
    let found = CompactTarget::from_consensus(EASY);
    assert_eq!(
        chain.extend(&rules, &headers(&common[1], &easy, 1), LATE),
        Err(HeaderError::WrongBits { height: 4, expected, found })
    );
    assert!(chain.extend(&rules, &headers(&common[1], &hard, 1), LATE).is_ok());
}

#[test]
fn an_empty_list_is_refused() {
    assert_eq!(judge(&regtest_chain(3), &[]), Err(HeaderError::Empty));
}

#[test]
fn a_list_that_starts_with_a_known_header_is_refused() {
    let chain = regtest_chain(5);
    for height in 0..=5 {
        let known = header_at(&chain, height);
        let list = [&[known], &regtest_headers(&known, 9, 1)[..]].concat();
        assert_eq!(judge(&chain, &list), Err(HeaderError::Known { hash: known.block_hash(), height }));
    }
}

#[test]
fn a_list_without_a_known_parent_is_refused() {
    let chain = regtest_chain(5);
    let list = regtest_headers(&chain.tip().header, 3, 1);
    let parent = list[0].block_hash();
    assert_eq!(judge(&chain, &list[1..]), Err(HeaderError::UnknownParent { parent }));
}

#[test]
fn an_unlinked_list_is_refused() {
    let chain = regtest_chain(5);
    let list = regtest_headers(&chain.tip().header, 3, 1);
    let (expected, found) = (list[0].block_hash(), list[1].block_hash());
    let unlinked = HeaderError::Unlinked { height: 7, expected, found };
    assert_eq!(judge(&chain, &[list[0], list[2]]), Err(unlinked));
    let found = chain.tip().hash();
    let repeated = HeaderError::Unlinked { height: 7, expected, found };
    assert_eq!(judge(&chain, &[list[0], list[0]]), Err(repeated));
}

#[test]
fn one_bad_header_spoils_the_whole_list() {
    let mut chain = regtest_chain(5);
    let before = chain.clone();
    let mut list = regtest_headers(&chain.tip().header, 3, 1);
    list[2].bits = CompactTarget::from_consensus(0x207f_fffe);
    solve(&mut list[2]);
    let error = chain.extend(&REGTEST, &list, LATE).unwrap_err();
    assert!(matches!(error, HeaderError::WrongBits { height: 8, .. }), "{error}");
    assert_eq!(chain, before);
}

#[test]
fn a_base_starts_a_period_where_the_difficulty_is_adjusted() {
    let header = genesis_block(Network::Bitcoin).header;
    let base = |height| StoredHeader::base(&HeaderRules::MAINNET, header, height);
    assert!(base(0).is_ok());
    assert!(base(2016).is_ok());
    assert_eq!(base(2015), Err(BaseError::Height { height: 2015, interval: 2016 }));
    let header = genesis_block(Network::Regtest).header;
    assert!(StoredHeader::base(&REGTEST, header, 7).is_ok());
    let absurd = StoredHeader::base(&REGTEST, header, u32::MAX);
    assert_eq!(absurd, Err(BaseError::Height { height: u32::MAX, interval: 144 }));
}

#[test]
fn a_base_without_its_work_is_refused() {
    let mut header = genesis_block(Network::Bitcoin).header;
    header.nonce += 1;
    assert!(matches!(StoredHeader::base(&HeaderRules::MAINNET, header, 0), Err(BaseError::NoWork { .. })));
    let regtest = genesis_block(Network::Regtest).header;
    let error = StoredHeader::base(&HeaderRules::MAINNET, regtest, 0).unwrap_err();
    assert!(matches!(error, BaseError::Bits(BitsError::AboveLimit { .. })), "{error}");
    let mainnet = genesis_block(Network::Bitcoin).header;
    let [expected, found] = [REGTEST_BITS, 0x1d00_ffff].map(CompactTarget::from_consensus);
    assert_eq!(StoredHeader::base(&REGTEST, mainnet, 0), Err(BaseError::NotLimit { expected, found }));
}

/// A chain that counts reads, fails at one of them, or has lost a header.
struct Port {
    chain: MemoryChain,
    reads: usize,
    fails_at: usize,
    lost: Option<u32>,
}

impl Port {
    fn new(chain: MemoryChain) -> Self {
        Self { chain, reads: 0, fails_at: usize::MAX, lost: None }
    }

    fn read(&mut self) -> Result<&mut MemoryChain, &'static str> {
        self.reads += 1;
        if self.reads == self.fails_at { Err("out of gas") } else { Ok(&mut self.chain) }
    }
}

impl HeaderChain for Port {
    type Error = &'static str;

    fn read_tip(&mut self) -> Result<StoredHeader, &'static str> {
        Ok(*self.read()?.tip())
    }

    fn read_header(&mut self, height: u32) -> Result<Option<StoredHeader>, &'static str> {
        let lost = self.lost;
        Ok(self.read()?.get(height).copied().filter(|_| lost != Some(height)))
    }

    fn read_height(&mut self, hash: &BlockHash) -> Result<Option<u32>, &'static str> {
        Ok(self.read()?.find(hash))
    }
}

#[test]
fn reads_do_not_grow_with_the_list() {
    let rules = HeaderRules { interval: NonZeroU32::new(16).unwrap(), ..short(Difficulty::Bip94) };
    let mut chain = short_chain(&rules);
    let base = chain.base().header;
    chain.extend(&rules, &headers(&base, &[(1200, EASY); 30], 0), LATE).unwrap();
    for count in [1, 2, 40] {
        let mut port = Port::new(chain.clone());
        let list = headers(&chain.tip().header, &vec![(1200, EASY); count], 1);
        extend(&rules, &mut port, &list, LATE).unwrap();
        assert_eq!(port.reads, 12, "the tip, ten for the median, the period's first");
    }
    let mut port = Port::new(chain.clone());
    let fork = header_at(&chain, 25);
    extend(&rules, &mut port, &headers(&fork, &[(1200, EASY); 40], 1), LATE).unwrap();
    assert_eq!(port.reads, 15 + 4, "and what is removed, less the tip");
}

#[test]
fn a_failed_read_is_no_verdict() {
    let chain = regtest_chain(20);
    let list = regtest_headers(&header_at(&chain, 15), 6, 1);
    let mut port = Port::new(chain.clone());
    extend(&REGTEST, &mut port, &list, LATE).unwrap();
    for fails_at in 1..=port.reads {
        let mut port = Port { fails_at, ..Port::new(chain.clone()) };
        let result = extend(&REGTEST, &mut port, &list, LATE);
        assert_eq!(result, Err(ExtendError::Chain("out of gas")), "read {fails_at}");
    }
}

#[test]
fn a_damaged_chain_is_named() {
    let chain = regtest_chain(20);
    let list = regtest_headers(&header_at(&chain, 15), 6, 1);
    let mut port = Port { lost: Some(17), ..Port::new(chain) };
    let result = extend(&REGTEST, &mut port, &list, LATE);
    assert_eq!(result, Err(ExtendError::Header(HeaderError::Gap { height: 17 })));
}

#[test]
fn work_adds_up_over_different_targets() {
    let rules = short(Difficulty::Adjusted);
    let mut chain = short_chain(&rules);
    let steps = [(1, EASY), (1, EASY), (1, EASY), (1, HARD), (1, HARD)];
    let list = headers(&chain.base().header, &steps, 0);
    chain.extend(&rules, &list, LATE).unwrap();
    let of = |bits| Target::from_compact(CompactTarget::from_consensus(bits)).to_work();
    assert_eq!(chain.base().work, of(EASY));
    let total = [EASY, EASY, EASY, HARD, HARD].into_iter().map(of).fold(of(EASY), |sum, work| sum + work);
    assert_eq!(chain.tip().work, total);
}
