//! Misses, jail, and who may not be jailed.

use super::*;

fn jailed(chain: &mut Chain, number: u8) -> bool {
    chain.call(IFinality::jailedUntilCall { provider: key_word(number) }).unwrap() != 0
}

#[test]
fn an_absent_provider_is_jailed_and_comes_back() {
    let mut chain = Chain::new(&[100, 100, 100, 100]);
    chain.bitcoin(1);
    // heights 1 to 5 are misses that are allowed, the sixth is not; each is judged 4 blocks later
    while chain.number() < 9 {
        chain.round(&[40, 41, 42]);
    }
    assert!(!jailed(&mut chain, 43));
    chain.round(&[40, 41, 42]);
    assert!(jailed(&mut chain, 43));
    assert_eq!(chain.total(10), 400);
    chain.round(&[40, 41, 42]);
    assert_eq!(chain.total(11), 300);
    let provider = key_word(43);
    let until = chain.storage.block.timestamp + 600;
    let unjail = IFinality::unjailCall { provider };
    let not_owner = IFinality::NotOwner { expected: owner(43), found: owner(1) };
    assert_eq!(chain.call_from(owner(1), unjail.clone()).map(|_| ()), revert(&not_owner));
    let early = chain.call_from(owner(43), unjail.clone()).map(|_| ());
    assert_eq!(early, revert(&IFinality::StillJailed { until }));
    chain.storage.block.timestamp = until;
    chain.call_from(owner(43), unjail.clone()).unwrap();
    let again = chain.call_from(owner(43), unjail).map(|_| ());
    assert_eq!(again, revert(&IFinality::NotJailed { provider }));
    chain.next();
    assert_eq!(chain.total(12), 400);
    let unknown = chain.call_from(owner(1), IFinality::unjailCall { provider: B256::ZERO }).map(|_| ());
    assert_eq!(unknown, revert(&IFinality::UnknownProvider { provider: B256::ZERO }));
}

#[test]
fn a_late_vote_within_the_grace_is_no_miss() {
    let mut chain = Chain::new(&[100, 100, 100, 100]);
    for _ in 0..60 {
        chain.round(&[40, 41, 42]);
        if let Some(height @ 1..) = chain.number().checked_sub(3) {
            chain.late_vote(43, height).unwrap();
        }
    }
    assert!(!jailed(&mut chain, 43));
}

#[test]
fn nobody_is_blamed_for_a_height_that_is_not_final() {
    let mut chain = Chain::new(&[100, 100, 100]);
    for _ in 0..60 {
        chain.round(&[40]);
    }
    assert_eq!(chain.finalized(), 0);
    assert!(!jailed(&mut chain, 41) && !jailed(&mut chain, 42));
}

/// A window is one of heights, the same for all: who leaves and comes back finds the misses again.
#[test]
fn a_window_does_not_begin_again_on_coming_back() {
    let mut chain = Chain::new(&[100, 100, 100, 100]);
    chain.bitcoin(1);
    while chain.number() < 5 {
        chain.round(&[40, 41, 42]);
    }
    // heights 1 to 5 will be five misses; it is out from 6 on, and in again from 16 on
    chain.set_power(43, 0);
    while chain.number() < 15 {
        chain.round(&[40, 41, 42]);
    }
    chain.set_power(43, 100);
    while chain.number() < 19 {
        chain.round(&[40, 41, 42]);
    }
    assert!(!jailed(&mut chain, 43));
    chain.round(&[40, 41, 42]);
    assert!(jailed(&mut chain, 43));
}

/// Misses of two windows do not add up.
#[test]
fn a_window_ends() {
    let mut chain = Chain::new(&[100, 100, 100, 100]);
    for round in 1..170 {
        // five misses in each window of 50, the last of one and the first of the next side by side
        let absent = (45..55).contains(&(round % 100));
        chain.round(if absent { &[40, 41, 42] } else { &[40, 41, 42, 43] });
    }
    assert!(!jailed(&mut chain, 43));
}

/// One after the other falls silent; each time the rest is enough for finality.
#[test]
fn jail_leaves_two_thirds_of_the_stake() {
    let mut chain = Chain::new(&[500, 200, 150, 150]);
    for voters in [&[40, 41, 42][..], &[40, 41], &[40]] {
        for _ in 0..60 {
            chain.round(voters);
        }
    }
    assert_eq!(chain.finalized(), 180);
    let jailed = [41, 42, 43].map(|number| jailed(&mut chain, number));
    // without 41 there would be 500 left of 1000
    assert_eq!(jailed, [false, true, true]);
    assert_eq!(chain.total(chain.number()), 700);
}
