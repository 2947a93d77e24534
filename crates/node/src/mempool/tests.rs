use std::collections::BTreeMap;

use alloy_primitives::{Bytes, U256};
use ballast_system::duty::DutyKey;
use proptest::prelude::*;

use super::*;
use crate::fixture::{PBTC, wallet};

const SMALL: Limits =
    Limits { transactions: 12, bytes: 1 << 20, per_sender: 4, duties: 3, duty_bytes: 1_000 };

fn rich(nonce: u64) -> Sender {
    Sender { nonce, balance: U256::from(PBTC) }
}

fn signed(number: u8, nonce: u64, tip: u128) -> Arc<Signed> {
    Arc::new(Signed::new(wallet(number).transfer(nonce, Address::ZERO, 1, tip)).unwrap())
}

fn nonces(pool: &Ordinary) -> Vec<(Address, u64)> {
    pool.best(0, 100).iter().map(|signed| (signed.sender(), signed.nonce())).collect()
}

#[test]
fn the_best_tip_comes_first_and_nonces_stay_in_order() {
    let mut pool = Ordinary::new(Limits::default());
    for (number, nonce, tip) in [(0, 0, 10), (0, 1, 90), (1, 0, 50), (2, 1, 99)] {
        pool.insert(signed(number, nonce, tip), rich(0)).unwrap();
    }
    let (a, b) = (wallet(0).address, wallet(1).address);
    assert_eq!(nonces(&pool), [(b, 0), (a, 0), (a, 1)], "wallet 2 waits for its nonce 0");
    assert_eq!(pool.best(0, 2).len(), 2);
    assert_eq!(pool.next_nonce(a), Some(2));
    assert_eq!(pool.next_nonce(wallet(2).address), Some(0));
}

#[test]
fn a_fee_below_the_base_fee_holds_up_its_sender_only() {
    let mut pool = Ordinary::new(Limits::default());
    pool.insert(signed(0, 0, 10), rich(0)).unwrap();
    pool.insert(signed(1, 0, 1_000_000), rich(0)).unwrap();
    // the fixture's fee is 10_000_000 and the tip
    let best = pool.best(10_000_011, 100);
    assert_eq!(best.iter().map(|signed| signed.sender()).collect::<Vec<_>>(), [wallet(1).address]);
}

#[test]
fn a_replacement_bids_a_tenth_more_on_both_fees() {
    let mut pool = Ordinary::new(Limits::default());
    let first = signed(0, 0, 10_000_000);
    pool.insert(first.clone(), rich(0)).unwrap();
    // fee 20_000_000 becomes 21_000_000: too little, though the tip rises by a tenth
    let refused = pool.insert(signed(0, 0, 11_000_000), rich(0));
    assert_eq!(refused, Err(MempoolError::Underpriced { replaced: first.hash() }));
    let second = signed(0, 0, 12_000_000);
    pool.insert(second.clone(), rich(0)).unwrap();
    assert_eq!((pool.len(), pool.get(first.hash()).is_none()), (1, true));
    assert_eq!(pool.bytes(), second.size());
    assert_eq!(pool.insert(second.clone(), rich(0)), Err(MempoolError::Known(second.hash())));
}

#[test]
fn what_an_account_cannot_send_is_refused_and_later_dropped() {
    let mut pool = Ordinary::new(SMALL);
    let poor = Sender { nonce: 0, balance: U256::from(1) };
    assert!(matches!(pool.insert(signed(0, 0, 1), poor), Err(MempoolError::InsufficientFunds { .. })));
    assert_eq!(
        pool.insert(signed(0, 2, 1), rich(3)),
        Err(MempoolError::NonceTooLow { expected: 3, found: 2 })
    );
    assert_eq!(pool.insert(signed(0, 4, 1), rich(0)), Err(MempoolError::NonceTooHigh { limit: 4, found: 4 }));
    for nonce in 0..3 {
        pool.insert(signed(0, nonce, 1), rich(0)).unwrap();
    }
    pool.update(wallet(0).address, rich(2));
    assert_eq!(nonces(&pool), [(wallet(0).address, 2)]);
    pool.update(wallet(0).address, Sender { nonce: 2, ..poor });
    assert!(pool.is_empty());
    assert_eq!(pool.bytes(), 0);
}

#[test]
fn a_full_pool_drops_gapped_and_cheap_tails_for_better_ones() {
    let mut pool = Ordinary::new(SMALL);
    for number in 0..11 {
        pool.insert(signed(number, 0, 100 + u128::from(number)), rich(0)).unwrap();
    }
    let gapped = signed(11, 3, 1_000_000);
    pool.insert(gapped.clone(), rich(0)).unwrap();
    pool.insert(signed(12, 0, 101), rich(0)).unwrap();
    assert!(pool.get(gapped.hash()).is_none(), "a gapped transaction goes first, whatever it bids");
    let full = MempoolError::Full { transactions: SMALL.transactions, bytes: SMALL.bytes };
    let before = nonces(&pool);
    assert_eq!(pool.insert(signed(13, 0, 100), rich(0)), Err(full), "it bids as little as the least");
    assert_eq!(nonces(&pool), before);
    pool.insert(signed(13, 0, 102), rich(0)).unwrap();
    assert!(!nonces(&pool).contains(&(wallet(0).address, 0)), "the least bid goes");
}

#[derive(Clone, Debug)]
enum Step {
    Insert { number: u8, nonce: u64, tip: u128 },
    Mined { number: u8, nonce: u64 },
    Remove { number: u8, nonce: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let place = (0..6u8, 0..6u64);
    prop_oneof![
        6 => (place.clone(), 1..40u128)
            .prop_map(|((number, nonce), tip)| Step::Insert { number, nonce, tip: tip * 1_000_000 }),
        1 => place.clone().prop_map(|(number, nonce)| Step::Mined { number, nonce }),
        1 => place.prop_map(|(number, nonce)| Step::Remove { number, nonce }),
    ]
}

/// What must hold after any sequence of steps.
fn check(pool: &Ordinary, accounts: &BTreeMap<u8, u64>, known: &[Arc<Signed>]) -> Result<(), TestCaseError> {
    let held: Vec<_> = known.iter().filter(|signed| pool.get(signed.hash()).is_some()).collect();
    prop_assert_eq!(held.len(), pool.len());
    prop_assert_eq!(held.iter().map(|signed| signed.size()).sum::<usize>(), pool.bytes());
    prop_assert!(pool.len() <= SMALL.transactions);
    let best = pool.best(0, 100);
    for number in 0..6u8 {
        let address = wallet(number).address;
        let first = accounts.get(&number).copied().unwrap_or_default();
        let mine = best.iter().filter(|signed| signed.sender() == address).map(|signed| signed.nonce());
        let mine: Vec<_> = mine.collect();
        prop_assert_eq!(&mine, &(first..).take(mine.len()).collect::<Vec<_>>(), "ready means no gap");
        let all: Vec<_> =
            held.iter().filter(|signed| signed.sender() == address).map(|s| s.nonce()).collect();
        prop_assert!(all.iter().all(|nonce| (first..first + SMALL.per_sender as u64).contains(nonce)));
        prop_assert!(!all.contains(&(first + mine.len() as u64)), "nothing that is ready is left out");
    }
    // greedy: whoever comes next has the best tip among the heads of the queues
    for (place, chosen) in best.iter().enumerate() {
        let heads = best[place..].iter().filter(|other| {
            !best[place..]
                .iter()
                .any(|before| before.sender() == other.sender() && before.nonce() < other.nonce())
        });
        let most = heads.filter_map(|head| head.effective_tip(0)).max();
        prop_assert_eq!(chosen.effective_tip(0), most);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_pool_keeps_its_rules(steps in prop::collection::vec(step(), 1..60)) {
        let mut pool = Ordinary::new(SMALL);
        let (mut accounts, mut known) = (BTreeMap::<u8, u64>::new(), Vec::<Arc<Signed>>::new());
        for step in steps {
            match step {
                Step::Insert { number, nonce, tip } => {
                    let signed = signed(number, nonce, tip);
                    let before = nonces(&pool);
                    let account = rich(accounts.get(&number).copied().unwrap_or_default());
                    if pool.insert(signed.clone(), account).is_ok() {
                        known.retain(|other| other.hash() != signed.hash());
                        known.push(signed);
                    } else {
                        prop_assert_eq!(before, nonces(&pool), "a refusal changes nothing");
                    }
                }
                Step::Mined { number, nonce } => {
                    let next = accounts.entry(number).or_default();
                    *next = nonce.max(*next);
                    pool.update(wallet(number).address, rich(*next));
                }
                Step::Remove { number, nonce } => {
                    let sender = wallet(number).address;
                    let found = known.iter().find(|signed| signed.sender() == sender && signed.nonce() == nonce);
                    if let Some(found) = found {
                        pool.remove(found.hash());
                    }
                }
            }
            check(&pool, &accounts, &known)?;
        }
    }
}

fn duty(number: u8, size: usize) -> Arc<Duty> {
    let input = Bytes::from(vec![number; size]);
    Arc::new(Duty { chain_id: 840_099, to: Address::ZERO, input })
}

fn key(kind: DutyKind, fact: u8) -> DutyKey {
    DutyKey { kind, fact: B256::repeat_byte(fact), signer: None }
}

fn add(pool: &mut Duties, duty: &Arc<Duty>, key: DutyKey) -> Result<(), MempoolError> {
    pool.insert(duty.clone(), duty.hash(), key)
}

#[test]
fn duties_come_by_kind_then_arrival() {
    let mut pool = Duties::new(SMALL);
    let (a, b, c, d) = (duty(1, 9), duty(2, 9), duty(3, 9), duty(4, 9));
    add(&mut pool, &a, key(DutyKind::Votes, 1)).unwrap();
    add(&mut pool, &b, key(DutyKind::Headers, 1)).unwrap();
    add(&mut pool, &c, key(DutyKind::Votes, 2)).unwrap();
    add(&mut pool, &d, key(DutyKind::Headers, 2)).unwrap();
    assert_eq!(pool.in_order(), [b, d, a, c]);
}

#[test]
fn one_fact_has_one_duty_until_it_is_gone() {
    let mut pool = Duties::new(SMALL);
    let (first, second) = (duty(1, 9), duty(2, 9));
    let fact = key(DutyKind::Proofs, 1);
    add(&mut pool, &first, fact).unwrap();
    assert_eq!(add(&mut pool, &first, fact), Err(MempoolError::Known(first.hash())));
    assert_eq!(add(&mut pool, &second, fact), Err(MempoolError::FactWaiting { waiting: first.hash() }));
    let signer = Some(B256::repeat_byte(9));
    add(&mut pool, &second, DutyKey { signer, ..fact }).unwrap();
    pool.remove(first.hash());
    assert_eq!((pool.len(), pool.get(first.hash())), (1, None));
    add(&mut pool, &first, fact).unwrap();
}

#[test]
fn each_kind_has_room_of_its_own() {
    let mut pool = Duties::new(SMALL);
    for number in 0..3 {
        add(&mut pool, &duty(number, 9), key(DutyKind::Votes, number)).unwrap();
    }
    let full = MempoolError::DutiesFull { kind: DutyKind::Votes, limit: 3 };
    assert_eq!(add(&mut pool, &duty(9, 9), key(DutyKind::Votes, 9)), Err(full));
    add(&mut pool, &duty(9, 9), key(DutyKind::Headers, 9)).unwrap();
    let large = duty(10, 990);
    let full = MempoolError::DutiesFull { kind: DutyKind::Headers, limit: 3 };
    assert_eq!(add(&mut pool, &large, key(DutyKind::Headers, 10)), Err(full), "bytes count as well");
}

#[test]
fn both_pools_are_searched_and_cleared_by_hash() {
    let mut mempool = Mempool::new(SMALL);
    let (ordinary, duty) = (signed(0, 0, 1), duty(1, 9));
    mempool.ordinary.insert(ordinary.clone(), rich(0)).unwrap();
    mempool.duties.insert(duty.clone(), duty.hash(), key(DutyKind::Votes, 1)).unwrap();
    for hash in [ordinary.hash(), duty.hash()] {
        assert_eq!(mempool.get(hash).map(|transaction| transaction.hash()), Some(hash));
    }
    mempool.remove([ordinary.hash(), duty.hash()]);
    assert!(mempool.ordinary.is_empty() && mempool.duties.is_empty());
}
