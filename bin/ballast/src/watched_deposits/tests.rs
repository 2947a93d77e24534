use ballast_types::{Duty, Header};

use super::*;

fn address(byte: u8) -> DepositAddress {
    let (recipient, script) = (Address::repeat_byte(byte), Bytes::from(vec![byte; 34]));
    DepositAddress { recipient, action: 0, refund_key: Some(B256::repeat_byte(byte)), script }
}

/// A duty that proves a deposit.
fn proof(address: &DepositAddress) -> Transaction {
    let call = ICustody::proveDepositCall {
        recipient: address.recipient,
        action: address.action,
        refundKey: address.refund_key.unwrap_or_default(),
        transaction: Bytes::new(),
        vout: 0,
        proof: ICustody::Inclusion {
            blockHash: B256::ZERO,
            index: 0,
            branch: vec![],
            coinbase: B256::ZERO,
            coinbaseBranch: vec![],
        },
    };
    Transaction::Duty(Duty {
        chain_id: 1,
        to: SystemContract::Custody.address(),
        input: call.abi_encode().into(),
    })
}

/// A list of three in a folder of its own.
struct World {
    folder: tempfile::TempDir,
    list: Option<WatchedDeposits>,
}

impl World {
    fn new() -> Self {
        let mut world = Self { folder: tempfile::tempdir().unwrap(), list: None };
        world.restart();
        world
    }

    fn restart(&mut self) {
        self.list = None;
        self.list = Some(WatchedDeposits::open(&self.folder.path().join("list.redb"), 3).unwrap());
    }

    fn list(&self) -> &WatchedDeposits {
        self.list.as_ref().unwrap()
    }

    fn watch(&self, byte: u8) -> u64 {
        self.list().watch(address(byte)).unwrap()
    }

    /// A deposit to each of these addresses, in one block.
    fn used(&self, addresses: &[&DepositAddress]) {
        let block = Block {
            header: Header::default(),
            transactions: addresses.iter().map(|address| proof(address)).collect(),
        };
        self.list().used(&deposited(&block)).unwrap();
    }

    fn numbers(&self) -> Vec<u64> {
        self.list().after(0, usize::MAX).iter().map(|deposit| deposit.number).collect()
    }
}

#[test]
fn an_address_keeps_its_number() {
    let mut world = World::new();
    assert_eq!([1, 2, 1, 2].map(|byte| world.watch(byte)), [1, 2, 1, 2]);
    world.restart();
    assert_eq!([2, 3, 1].map(|byte| world.watch(byte)), [2, 3, 1]);
    let expected: Vec<_> =
        (1..4).map(|byte| WatchedDeposit { number: byte.into(), address: address(byte) }).collect();
    assert_eq!(world.list().after(0, 10), expected);
    assert_eq!(world.list().after(1, 1), expected[1..2]);
    assert_eq!(world.list().after(3, 10), []);
    assert_eq!(world.list().after(u64::MAX, 10), []);
}

#[test]
fn the_oldest_unused_address_goes_first() {
    let mut world = World::new();
    (1..=3).for_each(|byte| _ = world.watch(byte));
    world.used(&[&address(1), &DepositAddress { action: 1, ..address(2) }]);
    world.restart();
    world.watch(4);
    assert_eq!(world.numbers(), [1, 3, 4]);
    world.watch(5);
    assert_eq!(world.numbers(), [1, 4, 5]);
    world.restart();
    assert_eq!(world.numbers(), [1, 4, 5]);
}

#[test]
fn a_deposit_keeps_only_its_own_address_of_a_recipient_s() {
    let one = address(1);
    let staked = DepositAddress { action: 1, script: Bytes::from_static(b"staked"), ..one.clone() };
    let final_at_once =
        DepositAddress { refund_key: None, script: Bytes::from_static(b"none"), ..one.clone() };
    for (used, unused) in [(&one, &staked), (&staked, &one), (&one, &final_at_once), (&final_at_once, &one)] {
        let world = World::new();
        world.watch(9);
        for address in [used, unused] {
            world.list().watch(address.clone()).unwrap();
        }
        world.used(&[used]);
        let watched = |address: &DepositAddress| {
            world.list().after(0, usize::MAX).iter().any(|deposit| deposit.address == *address)
        };
        world.watch(10);
        assert!(watched(used) && watched(unused));
        world.watch(11);
        assert!(watched(used) && !watched(unused));
    }
}

#[test]
fn what_is_no_proof_of_a_deposit_uses_no_address() {
    let Transaction::Duty(duty) = proof(&address(1)) else { panic!() };
    let elsewhere = Duty { to: SystemContract::Staking.address(), ..duty.clone() };
    let other = Duty { input: ICustody::advanceCall {}.abi_encode().into(), ..duty.clone() };
    let transactions = [elsewhere, other, duty].map(Transaction::Duty).to_vec();
    let one = address(1);
    let block = Block { header: Header::default(), transactions };
    assert_eq!(deposited(&block), [(one.recipient, one.action, one.refund_key)].into());
}

#[test]
fn when_all_are_used_the_oldest_goes() {
    let world = World::new();
    for byte in 1..=3 {
        world.watch(byte);
        world.used(&[&address(byte)]);
    }
    world.watch(4);
    assert_eq!(world.numbers(), [2, 3, 4]);
}

#[test]
fn a_forgotten_address_gets_a_new_number() {
    let mut world = World::new();
    (1..=4).for_each(|byte| _ = world.watch(byte));
    world.restart();
    assert_eq!(world.watch(1), 5);
    assert_eq!(world.numbers(), [3, 4, 5]);
}

#[test]
fn a_damaged_file_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.redb");
    std::fs::write(&path, "nothing of ours").unwrap();
    let Err(error) = WatchedDeposits::open(&path, 3) else { panic!() };
    assert!(error.to_string().contains("remove it, and depositors ask again"), "{error}");
}
