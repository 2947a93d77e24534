use alloy_primitives::{Address, B256, Bytes, LogData};
use alloy_sol_types::{SolCall, SolError, SolEventInterface};
use ballast_bitcoin_light::{CoinbaseProof, MemoryChain, MerkleBranch, retarget};
use ballast_types::interfaces::ILightClient::ILightClientEvents;
use bitcoin::{Block, Network, consensus::serialize, constants::genesis_block, hashes::Hash};

use super::*;
use crate::{
    contract::{Call, CallError, Mode, dispatch},
    memory::Memory,
    mining::{self, REGTEST_BITS, SPACING, chain, genesis, mine, nowhere},
    storage::BlockEnv,
};

mod equivalence;
mod inclusion;
mod views;

/// Long after every header that a test mines.
const LATE: u64 = 1_000_000_000;

/// Calls the contract as a transaction would: a failed call is undone.
fn call<C: SolCall>(storage: &mut Memory, call: C) -> Result<C::Return, CallError> {
    let mode =
        if C::SELECTOR == ILightClient::submitHeadersCall::SELECTOR { Mode::Duty } else { Mode::Static };
    let input = call.abi_encode();
    let call = Call { caller: Address::ZERO, value: U256::ZERO, input: &input, mode };
    let returned = dispatch(SystemContract::LightClient, storage, &call)?;
    Ok(C::abi_decode_returns_validate(&returned).unwrap())
}

fn submit_headers(storage: &mut Memory, headers: &[Header]) -> Result<(), CallError> {
    submit_bytes(storage, mining::bytes(headers))
}

fn submit_bytes(storage: &mut Memory, headers: Vec<u8>) -> Result<(), CallError> {
    call(storage, ILightClient::submitHeadersCall { headers: headers.into() }).map(|_| ())
}

/// Submits what must be refused with exactly `error`, and checks that nothing was written or logged.
fn refused(storage: &mut Memory, headers: &[Header], error: impl SolError) {
    refused_bytes(storage, mining::bytes(headers), error);
}

fn refused_bytes(storage: &mut Memory, headers: Vec<u8>, error: impl SolError) {
    let before = storage.snapshot();
    assert_eq!(submit_bytes(storage, headers), Err(CallError::revert(&error)));
    assert_eq!(storage.snapshot(), before);
}

fn events(storage: &Memory) -> Vec<ILightClientEvents> {
    let decode = |(contract, data): &(Address, LogData)| {
        assert_eq!(*contract, SystemContract::LightClient.address());
        ILightClientEvents::decode_raw_log(data.topics(), &data.data).unwrap()
    };
    storage.logs().iter().map(decode).collect()
}

fn work(headers: u64) -> U256 {
    // a regtest header has work 2
    U256::from(2 * headers)
}

#[test]
fn headers_extend_the_chain() {
    let mut storage = mining::light_client(LATE);
    let headers = chain(&genesis(), 5, 0);
    submit_headers(&mut storage, &headers[..2]).unwrap();
    submit_headers(&mut storage, &headers[2..]).unwrap();
    let end = |count: usize| ILightClient::HeadersAccepted {
        tip: word(headers[count - 1].block_hash()),
        height: count as u32,
        work: work(count as u64 + 1),
    };
    assert_eq!(events(&storage), [end(2), end(5)].map(ILightClientEvents::HeadersAccepted));
    assert_eq!(tip(&mut storage).unwrap().header, headers[4]);
}

#[test]
fn a_reorganisation_of_any_depth_is_followed() {
    for depth in [1, 2, 10, MAX_HEADERS - 1] {
        let mut storage = mining::light_client(LATE);
        let old = chain(&genesis(), MAX_HEADERS, 0);
        submit_headers(&mut storage, &old).unwrap();
        let stays = MAX_HEADERS - depth;
        let new = chain(&old[stays - 1], depth + 1, 1);
        submit_headers(&mut storage, &new).unwrap();

        let logged = events(&storage);
        let reorganised = ILightClient::Reorganised {
            removedTip: word(old[MAX_HEADERS - 1].block_hash()),
            newTip: word(new[depth].block_hash()),
            forkHeight: stays as u32,
            removedHeight: MAX_HEADERS as u32,
        };
        assert_eq!(logged[1], ILightClientEvents::Reorganised(reorganised));
        assert_eq!(logged.len(), 3);
        for header in &old[stays..] {
            assert_eq!(confirmations(&mut storage, header.block_hash()), Ok(0));
        }
        assert_eq!(confirmations(&mut storage, old[stays - 1].block_hash()), Ok(depth as u32 + 2));
        assert_eq!(header_at(&mut storage, stays as u32 + 1).unwrap().header, new[0]);
    }
}

/// Fast blocks make the next period harder: the fork is two headers shorter and weighs more.
#[test]
fn a_heavier_but_shorter_fork_wins() {
    let rules = mining::short_periods();
    let mut storage = mining::light_client(LATE);
    let slow = mining::paced(&genesis(), 9, 1200, REGTEST_BITS);
    take(&mut storage, &rules, &slow).unwrap();
    let after_long_chain = storage.words().len();

    let fast = mining::paced(&genesis(), 3, 1, REGTEST_BITS);
    let harder = retarget(&rules, genesis().target(), genesis().time, fast[2].time).to_consensus();
    let hard = mining::paced(&fast[2], 4, 1, harder);
    let fork = [fast, hard].concat();
    let extension = take(&mut storage, &rules, &fork).unwrap();
    assert_eq!((extension.old_tip().height, extension.new_tip().height), (9, 7));
    assert!(extension.new_tip().work > extension.old_tip().work);

    assert_eq!(tip(&mut storage).unwrap().header, fork[6]);
    assert_eq!(header_at(&mut storage, 8), Err(LightClientError::UnknownHeight { height: 8 }));
    // two heights went, with four words each
    assert_eq!(storage.words().len(), after_long_chain - 8);
}

#[test]
fn a_list_that_adds_nothing_is_refused() {
    let mut storage = mining::light_client(LATE);
    let headers = chain(&genesis(), 3, 0);
    submit_headers(&mut storage, &headers).unwrap();
    let known = |height: u32| ILightClient::HeaderKnown {
        hash: word(headers[height as usize - 1].block_hash()),
        height,
    };
    refused(&mut storage, &headers, known(1));
    refused(&mut storage, &headers[2..], known(3));
    let longer = [&headers[1..], &chain(&headers[2], 1, 0)].concat();
    refused(&mut storage, &longer, known(2));
    refused(&mut storage, &[], ILightClient::NoHeaders {});
    // equal work: first seen stays
    let equal = chain(&headers[0], 2, 1);
    refused(&mut storage, &equal, ILightClient::NotHeavier { best: work(4), found: work(4) });
    refused(&mut storage, &equal[..1], ILightClient::NotHeavier { best: work(4), found: work(3) });
}

#[test]
fn the_length_of_a_list_is_bounded() {
    let mut storage = mining::light_client(LATE);
    let headers = chain(&genesis(), MAX_HEADERS + 1, 0);
    let (found, limit) = (U256::from(MAX_HEADERS + 1), U256::from(MAX_HEADERS));
    refused(&mut storage, &headers, ILightClient::TooManyHeaders { found, limit });
    let mut cut = mining::bytes(&headers[..2]);
    cut.pop();
    refused_bytes(&mut storage, cut, ILightClient::PartialHeader { length: U256::from(159) });
    submit_headers(&mut storage, &headers[..MAX_HEADERS]).unwrap();
}

#[test]
fn a_header_that_breaks_a_rule_is_refused_by_name() {
    let mut storage = mining::light_client(LATE);
    let good = chain(&genesis(), 12, 0);
    submit_headers(&mut storage, &good).unwrap();
    let parent = good[11];
    let child = mine(&parent, parent.time + SPACING, REGTEST_BITS, 0);

    let orphan = chain(&child, 1, 0);
    refused(&mut storage, &orphan, ILightClient::UnknownParent { parent: word(child.block_hash()) });
    let stranger = mine(&parent, parent.time + SPACING, REGTEST_BITS, 9);
    let (expected, found) = (word(child.block_hash()), word(parent.block_hash()));
    refused(&mut storage, &[child, stranger], ILightClient::Unlinked { height: 14, expected, found });

    let harder = 0x2070_0000;
    let wrong = mine(&parent, parent.time + SPACING, harder, 0);
    let error = ILightClient::WrongBits { height: 13, expected: REGTEST_BITS, found: harder };
    refused(&mut storage, &[wrong], error);

    let median = median_time(&mut storage).unwrap();
    assert_eq!(median, good[6].time);
    let old = mine(&parent, median, REGTEST_BITS, 0);
    refused(&mut storage, &[old], ILightClient::TooOld { height: 13, median, found: median });

    let mut outdated = child;
    outdated.version = bitcoin::block::Version::from_consensus(3);
    mining::solve(&mut outdated);
    refused(&mut storage, &[outdated], ILightClient::OldVersion { height: 13, required: 4, found: 3 });

    let mut lazy = child;
    while lazy.target().is_met_by(lazy.block_hash()) {
        lazy.nonce += 1;
    }
    refused(&mut storage, &[lazy], ILightClient::NoWork { height: 13, hash: word(lazy.block_hash()) });
    // one bad header spoils the list
    let mut spoilt = chain(&parent, 3, 0);
    spoilt[2] = mine(&spoilt[1], median, REGTEST_BITS, 0);
    let before = storage.snapshot();
    assert!(submit_headers(&mut storage, &spoilt).is_err());
    assert_eq!(storage.snapshot(), before);
    submit_headers(&mut storage, &[child]).unwrap();
}

#[test]
fn now_is_the_time_of_the_block() {
    let mut storage = mining::light_client(0);
    let now = storage.block.timestamp;
    let latest = now + 7200;
    let header = |time: u64| mine(&genesis(), time as u32, REGTEST_BITS, 0);
    let found = latest as u32 + 1;
    refused(&mut storage, &[header(latest + 1)], ILightClient::TooNew { height: 1, latest, found });
    storage.block.timestamp += 1;
    submit_headers(&mut storage, &[header(latest + 1)]).unwrap();
}

#[test]
fn the_light_client_is_stale_when_its_tip_is_old() {
    let mut storage = mining::light_client(0);
    let stale_after = mining::parameters().stale_after_s;
    let tip_time = u64::from(genesis().time);
    for (timestamp, stale) in [
        (0, false),
        (tip_time, false),
        (tip_time + stale_after, false),
        (tip_time + stale_after + 1, true),
        (u64::MAX, true),
    ] {
        storage.block.timestamp = timestamp;
        assert_eq!(is_stale(&mut storage), Ok(stale), "at {timestamp}");
    }
    storage.block.timestamp = tip_time + stale_after + 1;
    submit_headers(&mut storage, &chain(&genesis(), 1, 0)).unwrap();
    assert_eq!(is_stale(&mut storage), Ok(false));

    let mut never = Memory::new(BlockEnv { timestamp: u64::MAX, ..BlockEnv::default() });
    let parameters = BitcoinParameters { stale_after_s: 0, ..mining::parameters() };
    initialise(&mut never, &parameters, &mining::base(&[genesis()], 0)).unwrap();
    assert_eq!(is_stale(&mut never), Ok(false));
}

/// The caller undoes a call that ran out of gas, so it may stop anywhere; but it must never pass for a
/// verdict.
#[test]
fn an_empty_purse_is_no_verdict() {
    let headers = mining::bytes(&chain(&genesis(), 2, 0));
    let mut rich = mining::light_client(LATE);
    rich.gas = u64::MAX;
    submit(&mut rich, &headers).unwrap();
    let price = u64::MAX - rich.gas;
    assert!(price > 2 * HEADER_GAS);
    for gas in 0..=price {
        let mut storage = mining::light_client(LATE);
        storage.gas = gas;
        let submitted = submit(&mut storage, &headers).map(|_| ());
        let expected = if gas < price { Err(StorageError::OutOfGas.into()) } else { Ok(()) };
        assert_eq!(submitted, expected, "with {gas} of {price} gas");
    }
}

#[test]
fn a_genesis_may_bring_headers_above_the_base() {
    let headers = [vec![genesis()], chain(&genesis(), 11, 0)].concat();
    let mut storage = Memory::new(BlockEnv { timestamp: u64::MAX, ..BlockEnv::default() });
    initialise(&mut storage, &mining::parameters(), &mining::base(&headers, 0)).unwrap();
    assert_eq!(tip(&mut storage).unwrap().height, 11);
    assert_eq!(storage.logs(), []);
}

#[test]
fn a_bad_genesis_is_refused() {
    let begin = |headers: &[Header], height, network| {
        let mut storage = Memory::new(BlockEnv { timestamp: u64::MAX, ..BlockEnv::default() });
        let parameters = BitcoinParameters { network, ..mining::parameters() };
        initialise(&mut storage, &parameters, &mining::base(headers, height))
    };
    assert_eq!(begin(&[], 0, Network::Regtest), Err(HeaderError::Empty.into()));
    let base = |result| assert!(matches!(result, Err(GenesisError::Base(_))), "{result:?}");
    base(begin(&[genesis()], 1, Network::Bitcoin));
    base(begin(&[genesis()], 0, Network::Bitcoin));
    let stranger = chain(&chain(&genesis(), 1, 0)[0], 1, 0)[0];
    let unlinked = begin(&[genesis(), stranger], 0, Network::Regtest);
    assert!(matches!(unlinked, Err(GenesisError::Header(HeaderError::UnknownParent { .. }))));
}

#[test]
fn a_chain_may_start_at_any_base() {
    let base = chain(&genesis(), 1, 0)[0];
    let height = 2016 * 400;
    let mut storage = Memory::new(BlockEnv { timestamp: u64::MAX, ..BlockEnv::default() });
    initialise(&mut storage, &mining::parameters(), &mining::base(&[base], height)).unwrap();
    submit_headers(&mut storage, &chain(&base, 3, 0)).unwrap();
    assert_eq!(header_at(&mut storage, height).unwrap().header, base);
    assert_eq!(
        hash_at(&mut storage, height - 1),
        Err(LightClientError::UnknownHeight { height: height - 1 })
    );
    let below = BlockHash::all_zeros();
    assert_eq!(height_of(&mut storage, below), Err(LightClientError::UnknownBlock { hash: below }));
    // nothing below the base can be reorganised
    let fork = chain(&genesis(), 6, 1);
    refused(&mut storage, &fork, ILightClient::UnknownParent { parent: word(genesis().block_hash()) });
}
