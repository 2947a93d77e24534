//! Whatever lists arrive, the contract is the header chain in memory, and its storage holds nothing else.

use proptest::prelude::*;

use super::*;

/// How a list is spoilt before it is sent.
#[derive(Debug, Clone, Copy)]
enum Fault {
    None,
    Work,
    Bits,
    OldTime,
    FutureTime,
    Version,
    Link,
    Cut,
}

/// A list of `length` headers on top of the header `back` below the tip, with a fault in header `at`.
#[derive(Debug, Clone, Copy)]
struct List {
    back: u32,
    length: usize,
    salt: u8,
    fault: Fault,
    at: usize,
}

fn list() -> impl Strategy<Value = List> {
    let fault = prop_oneof![
        8 => Just(Fault::None),
        1 => Just(Fault::Work),
        1 => Just(Fault::Bits),
        1 => Just(Fault::OldTime),
        1 => Just(Fault::FutureTime),
        1 => Just(Fault::Version),
        1 => Just(Fault::Link),
        1 => Just(Fault::Cut),
    ];
    (0..12u32, 0..14usize, 0..4u8, fault, 0..14usize).prop_map(|(back, length, salt, fault, at)| List {
        back,
        length,
        salt,
        fault,
        at,
    })
}

/// The headers of `list`, each with the work that it states unless the fault is the work itself.
fn headers_of(reference: &MemoryChain, list: List, now: u64) -> Vec<Header> {
    let height = reference.tip().height.saturating_sub(list.back).max(reference.base().height);
    let mut headers = chain(&reference.get(height).unwrap().header, list.length, list.salt);
    let Some(header) = headers.get_mut(list.at) else { return headers };
    match list.fault {
        Fault::None | Fault::Work | Fault::Cut => {}
        Fault::Bits => header.bits = bitcoin::CompactTarget::from_consensus(0x2070_0000),
        Fault::OldTime => header.time = genesis().time,
        Fault::FutureTime => header.time = now as u32 + 7201,
        Fault::Version => header.version = bitcoin::block::Version::ONE,
        Fault::Link => header.prev_blockhash = nowhere(),
    }
    match list.fault {
        Fault::Work => {
            while header.target().is_met_by(header.block_hash()) {
                header.nonce += 1;
            }
        }
        _ => mining::solve(header),
    }
    relink(&mut headers, list.at);
    headers
}

/// Makes the headers after `at` name what is now before them, so that `at` has the only fault.
fn relink(headers: &mut [Header], at: usize) {
    for index in at + 1..headers.len() {
        headers[index].prev_blockhash = headers[index - 1].block_hash();
        mining::solve(&mut headers[index]);
    }
}

/// A contract that was only ever given the best chain.
fn fed_with(reference: &MemoryChain) -> Memory {
    let mut storage = mining::light_client(LATE);
    let above: Vec<Header> = (reference.base().height + 1..=reference.tip().height)
        .map(|height| reference.get(height).unwrap().header)
        .collect();
    for list in above.chunks(MAX_HEADERS) {
        submit_headers(&mut storage, list).unwrap();
    }
    storage
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_contract_is_the_chain_in_memory(lists in prop::collection::vec(list(), 1..24)) {
        let rules = HeaderRules::of(Network::Regtest);
        let mut storage = mining::light_client(LATE);
        let now = storage.block.timestamp;
        let mut reference = MemoryChain::new(StoredHeader::base(rules, genesis(), 0).unwrap());
        let mut seen = vec![genesis().block_hash()];
        for list in lists {
            let headers = headers_of(&reference, list, now);
            seen.extend(headers.iter().map(Header::block_hash));
            let mut bytes = mining::bytes(&headers);
            if matches!(list.fault, Fault::Cut) {
                bytes.push(0);
            }
            let expected = match list.fault {
                Fault::Cut => Err(LightClientError::PartialHeader { length: bytes.len() }),
                _ => reference.extend(rules, &headers, now).map_err(LightClientError::from),
            };
            let before = storage.snapshot();
            let found = submit(&mut storage, &bytes);
            if found.is_err() {
                prop_assert_eq!(storage.snapshot(), before);
            }
            prop_assert_eq!(found, expected);
        }
        prop_assert_eq!(tip(&mut storage).unwrap(), *reference.tip());
        for height in 0..=reference.tip().height + 12 {
            let expected = reference.get(height).copied();
            prop_assert_eq!(header_at(&mut storage, height).ok(), expected);
            prop_assert_eq!(hash_at(&mut storage, height).ok(), expected.map(|stored| stored.hash()));
        }
        for hash in seen {
            prop_assert_eq!(height_of(&mut storage, hash).ok(), reference.find(&hash));
        }
        let straight = fed_with(&reference);
        prop_assert_eq!(storage.words(), straight.words());
    }
}
