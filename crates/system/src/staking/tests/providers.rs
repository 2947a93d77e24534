//! Providers and their ranks.

use ballast_schnorr::message::Role;
use ballast_types::{SystemContract, genesis::GenesisProvider};

use super::{world::possession, *};
use crate::{
    layout::{List, Slot, Word},
    staking::{
        parameters,
        provider::{self, ProviderError},
        rank::{self, MAX_RANKED},
        store::{Cursor, Exit, Provider, Record},
    },
    storage::Storage,
};

#[test]
fn a_provider_proves_that_the_key_is_its_own() {
    let mut world = World::bare();
    world.register_provider(PROVIDER).unwrap();
    let found = world.call(IStaking::providerOfCall { provider: key_word(PROVIDER) }).unwrap();
    assert_eq!((found.owner, found.commission, found.power, found.removed), (owner(PROVIDER), 500, 0, false));
    assert_eq!(world.call(IStaking::providerCountCall {}), Ok(1));
    assert_eq!(world.call(IStaking::providerAtCall { index: 0 }), Ok(key_word(PROVIDER)));
}

#[test]
fn a_bad_registration_of_a_provider_is_refused_by_name() {
    let mut world = World::new();
    let mut refused =
        |caller: Address, number: u8, change: &dyn Fn(&mut IStaking::registerProviderCall), error| {
            let possession = possession(number, caller, Role::Provider);
            let mut call =
                IStaking::registerProviderCall { provider: key_word(number), possession, commission: 0 };
            change(&mut call);
            assert_eq!(world.call_from(caller, call).map(|_| ()), Err(error));
        };
    let (provider, key) = (key_word(PROVIDER), key_word(3));
    refused(owner(3), PROVIDER, &|_| {}, CallError::revert(&IStaking::ProviderKnown { provider }));
    let taken = IStaking::OwnerTaken { owner: owner(PROVIDER), provider };
    refused(owner(PROVIDER), 3, &|_| {}, CallError::revert(&taken));
    let covenant = IStaking::CovenantKey { key: key_word(COVENANT[1]) };
    refused(owner(3), COVENANT[1], &|_| {}, CallError::revert(&covenant));
    let rich = IStaking::CommissionTooHigh { limit: 10_000, found: 10_001 };
    refused(owner(3), 3, &|call| call.commission = 10_001, CallError::revert(&rich));
    let no_point = B256::repeat_byte(0xff);
    refused(
        owner(3),
        3,
        &|call| call.provider = no_point,
        CallError::revert(&IStaking::BadKey { key: no_point }),
    );
    let stolen = CallError::revert(&IStaking::BadPossession { key });
    refused(owner(3), 3, &|call| call.possession = possession(3, owner(4), Role::Provider), stolen.clone());
    refused(owner(3), 3, &|call| call.possession = possession(3, owner(3), Role::Staker), stolen.clone());
    refused(owner(3), 3, &|call| call.possession = possession(4, owner(3), Role::Provider), stolen.clone());
    refused(owner(3), 3, &|call| call.possession = vec![0; 63].into(), stolen);
}

#[test]
fn a_genesis_provider_is_judged_like_any_other() {
    let mut world = World::bare();
    let genesis = GenesisProvider {
        key: key_word(5),
        owner: owner(5),
        commission_bp: 0,
        start: 1,
        count: 1,
        root: B256::ZERO,
    };
    provider::found_genesis(&mut world.storage, &genesis).unwrap();
    let again = provider::found_genesis(&mut world.storage, &genesis);
    assert_eq!(again, Err(ProviderError::Known { key: key_word(5) }));
}

fn ranked_key(number: u64) -> B256 {
    B256::from(U256::from(number + 1))
}

/// Providers without registration, for ranks alone.
fn crowd(count: u64) -> World {
    let mut world = World::bare();
    for number in 0..count {
        let provider = Provider { owner: Address::ZERO, commission: 0, removed: false };
        let slot = crate::staking::store::PROVIDER.at(&ranked_key(number));
        slot.store(&mut world.storage, &Some(provider)).unwrap();
        provider::set_power(&mut world.storage, ranked_key(number), 1000 + number).unwrap();
    }
    world
}

#[test]
fn the_strongest_rank() {
    let mut world = crowd(MAX_RANKED + 1);
    let storage = &mut world.storage;
    let ranked = rank::ranked(storage).unwrap();
    assert_eq!(ranked.len() as u64, MAX_RANKED);
    // the last one came with more power than the first
    assert!(ranked.contains(&ranked_key(MAX_RANKED)) && !ranked.contains(&ranked_key(0)));
    let weak = Err(ProviderError::CannotRank { key: ranked_key(0), power: 1000 });
    assert_eq!(rank::rank(storage, ranked_key(0)), weak);
    // one that ranks becomes the weakest: nobody looks for a better one, but anybody may
    provider::set_power(storage, ranked_key(7), 1).unwrap();
    assert!(rank::ranked(storage).unwrap().contains(&ranked_key(7)));
    rank::rank(storage, ranked_key(0)).unwrap();
    assert!(!rank::ranked(storage).unwrap().contains(&ranked_key(7)));
    assert_eq!(rank::rank(storage, ranked_key(0)), weak);
    // without power there is no rank
    provider::set_power(storage, ranked_key(0), 0).unwrap();
    assert_eq!(rank::ranked(storage).unwrap().len() as u64, MAX_RANKED - 1);
    let none = Err(ProviderError::CannotRank { key: ranked_key(0), power: 0 });
    assert_eq!(rank::rank(storage, ranked_key(0)), none);
}

#[test]
fn a_removed_provider_never_ranks_again_and_takes_no_stake() {
    let mut world = World::new();
    let (_, _) = world.active(STAKER, PROVIDER, VALUE);
    let staked = world.stake(5, PROVIDER, VALUE);
    provider::remove(&mut world.storage, key_word(PROVIDER)).unwrap();
    assert_eq!(world.call(IStaking::rankedCall {}), Ok(vec![]));
    let provider = key_word(PROVIDER);
    assert_eq!(world.register(&staked), revert(&IStaking::ProviderRemoved { provider }));
    provider::set_power(&mut world.storage, provider, 3 * VALUE).unwrap();
    assert_eq!(world.call(IStaking::rankedCall {}), Ok(vec![]));
    let again = world.call_from(owner(9), IStaking::rankCall { provider }).map(|_| ());
    assert_eq!(again, revert(&IStaking::ProviderRemoved { provider }));
}

#[test]
fn a_list_of_ranks_stays_dense() {
    let mut world = crowd(10);
    for number in [0, 9, 4, 5] {
        provider::set_power(&mut world.storage, ranked_key(number), 0).unwrap();
    }
    let mut ranked = rank::ranked(&mut world.storage).unwrap();
    ranked.sort_unstable();
    assert_eq!(ranked, [1, 2, 3, 6, 7, 8].map(ranked_key));
}

#[test]
fn parameters_survive_storage_and_hold_from_their_height() {
    let mut world = World::bare();
    let set = world::params();
    let stored = parameters::version(&mut world.storage, 0).unwrap();
    assert_eq!(&stored, set.at(0).unwrap());
    assert_eq!(parameters::at(&mut world.storage, 0).unwrap().as_ref(), Some(&stored));
    let covenant = world.call(IStaking::covenantOfCall { version: 0 }).unwrap();
    assert_eq!((covenant.members.len(), covenant.quorum), (3, 2));
    let none = world.call(IStaking::covenantOfCall { version: 1 }).map(|_| ());
    assert_eq!(none, revert(&IStaking::NoParameters { height: 0 }));
    let parameters = world.call(IStaking::parametersOfCall { version: 0 }).unwrap();
    assert_eq!((parameters.minValue, parameters.maxValue), (50_000, 2_100_000_000_000_000));
    assert_eq!((parameters.minTime, parameters.maxTime, parameters.unbondingTime), (200, 64_000, 10));
    assert_eq!((parameters.unbondingFee, parameters.minSlashingFee), (2_000, 1_000));
    assert_eq!(
        (parameters.slashingRate, &parameters.slashingScript[..]),
        (1_000, &[0x51, 2, 0x4e, 0x73][..])
    );
    assert_eq!((parameters.covenant, parameters.quorum), (covenant.members, 2));
    let none = world.call(IStaking::parametersOfCall { version: 1 }).map(|_| ());
    assert_eq!(none, revert(&IStaking::NoParameters { height: 0 }));
    // the library's and the chain's files of the devnet agree
    let mut file = ballast_types::Parameters::of(ballast_types::Network::Devnet);
    file.staking.covenant_keys = COVENANT.map(key_word).to_vec();
    assert_eq!(parameters::first_version(&file.staking).unwrap(), stored);
}

#[test]
fn packed_words_survive() {
    fn survives<T: Word + PartialEq + std::fmt::Debug>(value: T) {
        assert_eq!(T::from_word(value.to_word()), Some(value));
    }
    survives(None::<Provider>);
    survives(Some(Provider { owner: owner(9), commission: 7, removed: true }));
    survives(None::<Record>);
    let record = Record {
        value: u64::MAX,
        version: 1,
        output_index: 2,
        floor: u32::MAX,
        staking_time: 200,
        exit: Exit::Other,
        counts: true,
    };
    survives(Some(record));
    survives(Cursor { height: u32::MAX, down: true, unfinished: false, next: u64::MAX });
    assert_eq!(Option::<Record>::from_word(U256::MAX), None);
    assert_eq!(Option::<Provider>::from_word(U256::MAX), None);
    assert_eq!(Cursor::from_word(U256::MAX), None);
}

/// The plain slots of the table in the module's documentation.
#[test]
fn the_layout_is_the_documented_one() {
    let mut world = World::new();
    let contract = SystemContract::Staking.address();
    assert_eq!(Slot::<u32>::new(contract, 0).load(&mut world.storage), Ok(1));
    assert_eq!(List::<B256>::new(contract, 2).get(&mut world.storage, 0), Ok(Some(key_word(PROVIDER))));
    let cursor = world.storage.load(contract, U256::from(18)).unwrap();
    assert_eq!(Cursor::from_word(cursor).unwrap().height, world.height());
}
