//! Every view through the ABI.

use super::*;

fn storage() -> (Memory, Vec<Header>) {
    let mut storage = mining::light_client(LATE);
    let headers = chain(&genesis(), 3, 0);
    submit_headers(&mut storage, &headers).unwrap();
    (storage, headers)
}

#[test]
fn views_read_the_best_chain() {
    let (mut storage, headers) = storage();
    let storage = &mut storage;
    let hash = word(headers[2].block_hash());
    let tip = ILightClient::tipReturn { height: 3, hash, work: work(4), time: headers[2].time };
    assert_eq!(call(storage, ILightClient::tipCall {}), Ok(tip));
    assert_eq!(call(storage, ILightClient::headerCall { height: 3 }), Ok(serialize(&headers[2]).into()));
    assert_eq!(call(storage, ILightClient::headerCall { height: 0 }), Ok(serialize(&genesis()).into()));
    assert_eq!(call(storage, ILightClient::hashAtCall { height: 3 }), Ok(hash));
    assert_eq!(call(storage, ILightClient::workAtCall { height: 1 }), Ok(work(2)));
    assert_eq!(call(storage, ILightClient::heightOfCall { hash }), Ok(3));
    let base = word(genesis().block_hash());
    assert_eq!(call(storage, ILightClient::heightOfCall { hash: base }), Ok(0));
    assert_eq!(call(storage, ILightClient::confirmationsCall { hash: base }), Ok(4));
    assert_eq!(call(storage, ILightClient::confirmationsCall { hash }), Ok(1));
    assert_eq!(call(storage, ILightClient::medianTimeCall {}), Ok(headers[1].time));
    assert_eq!(call(storage, ILightClient::isStaleCall {}), Ok(true));
    let parameters = ILightClient::parametersReturn {
        network: Network::Regtest.magic().to_bytes().into(),
        baseHeight: 0,
        confirmationDepth: 3,
        staleAfter: 3600,
        maxHeaders: 100,
    };
    assert_eq!(call(storage, ILightClient::parametersCall {}), Ok(parameters));
}

#[test]
fn what_is_not_on_the_chain_is_named() {
    let (mut storage, _) = storage();
    let storage = &mut storage;
    let unknown_height = Err(CallError::revert(&ILightClient::UnknownHeight { height: 4 }));
    assert_eq!(call(storage, ILightClient::headerCall { height: 4 }), unknown_height.clone());
    assert_eq!(
        call(storage, ILightClient::workAtCall { height: 4 }),
        unknown_height.clone().map(|_: Bytes| work(0))
    );
    assert_eq!(call(storage, ILightClient::hashAtCall { height: 4 }), unknown_height.map(|_| B256::ZERO));
    for hash in [word(nowhere()), B256::ZERO] {
        let unknown_block = Err(CallError::revert(&ILightClient::UnknownBlock { hash }));
        assert_eq!(call(storage, ILightClient::heightOfCall { hash }), unknown_block);
        assert_eq!(call(storage, ILightClient::confirmationsCall { hash }), Ok(0));
    }
}

#[test]
fn the_median_is_bitcoin_core_s() {
    let mut storage = mining::light_client(LATE);
    let headers = chain(&genesis(), 30, 0);
    let mut times = vec![genesis().time];
    for header in &headers {
        submit_headers(&mut storage, &[*header]).unwrap();
        times.push(header.time);
        let mut window = times[times.len().saturating_sub(11)..].to_vec();
        window.sort_unstable();
        assert_eq!(median_time(&mut storage), Ok(window[window.len() / 2]));
    }
}

/// Every stored word but the mapping entries, as the table in the module's documentation says.
#[test]
fn the_layout_is_the_documented_one() {
    let (mut storage, headers) = storage();
    let contract = SystemContract::LightClient.address();
    let magic = u32::from_be_bytes(Network::Regtest.magic().to_bytes());
    let plain = [magic, 3, 3600, 0, 0, 3];
    for (slot, word) in plain.into_iter().enumerate() {
        assert_eq!(storage.load(contract, U256::from(slot)), Ok(U256::from(word)), "slot {slot}");
    }
    let entry = |slot: u64, key: B256| -> U256 {
        alloy_primitives::keccak256([key.0, B256::from(U256::from(slot)).0].concat()).into()
    };
    let at_two = B256::from(U256::from(2));
    let header = &headers[1];
    let hash = word(header.block_hash());
    assert_eq!(storage.load(contract, entry(6, at_two)), Ok(hash.into()));
    assert_eq!(storage.load(contract, entry(7, at_two)), Ok(word(header.merkle_root).into()));
    let numbers = [6, 4, header.time, header.bits.to_consensus(), header.nonce];
    let summary = numbers.into_iter().fold(U256::ZERO, |word, number| (word << 32) | U256::from(number));
    assert_eq!(storage.load(contract, entry(8, at_two)), Ok(summary));
    assert_eq!(storage.load(contract, entry(9, hash)), Ok(U256::from(2)));
}
