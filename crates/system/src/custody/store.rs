//! Where custody's facts lie in the contract's storage.
//!
//! Slots 0 to 19 hold what the genesis says and never change. Amounts are in sats, fee rates in sats per 1,000 weight
//! units. A small record of numbers is packed into one word, the fields big-endian from the left in the order in which
//! its struct lists them.

use alloy_primitives::{Address, B256, U256};
use ballast_types::SystemContract;

use crate::{
    layout::{List, Mapping, Slot, Word},
    storage::{Storage, StorageError},
};

/// The address of the contract.
pub(super) const CONTRACT: Address = SystemContract::Custody.address();

pub(super) const MIN_DEPOSIT: Slot<u64> = Slot::new(CONTRACT, 0);
pub(super) const MIN_PAYOUT: Slot<u64> = Slot::new(CONTRACT, 1);
pub(super) const TIERS: List<Tier> = List::new(CONTRACT, 2);
pub(super) const REFUND_BLOCKS: Slot<u16> = Slot::new(CONTRACT, 3);
pub(super) const SWEEP_FEE: Slot<u64> = Slot::new(CONTRACT, 4);
pub(super) const MIN_FEE_RATE: Slot<u64> = Slot::new(CONTRACT, 5);
pub(super) const MAX_FEE_RATE: Slot<u64> = Slot::new(CONTRACT, 6);
pub(super) const INTERVAL: Slot<u64> = Slot::new(CONTRACT, 7);
pub(super) const MAX_INPUTS: Slot<u16> = Slot::new(CONTRACT, 8);
pub(super) const MAX_PAYOUTS: Slot<u16> = Slot::new(CONTRACT, 9);
pub(super) const RUNG_BLOCKS: Slot<u32> = Slot::new(CONTRACT, 10);
pub(super) const DEFICIT_CAP: Slot<u64> = Slot::new(CONTRACT, 11);
pub(super) const ROUND_BLOCKS: Slot<u64> = Slot::new(CONTRACT, 12);
pub(super) const RECOVERY_BLOCKS: Slot<u16> = Slot::new(CONTRACT, 13);
pub(super) const RECOVERY_QUORUM: Slot<u16> = Slot::new(CONTRACT, 14);
pub(super) const RECOVERY_KEYS: List<B256> = List::new(CONTRACT, 15);
pub(super) const IDENTITIES: List<B256> = List::new(CONTRACT, 16);
pub(super) const QUORUM: Slot<u16> = Slot::new(CONTRACT, 17);
pub(super) const DEPTH: Slot<u32> = Slot::new(CONTRACT, 18);

/// The group key, zero while there is none.
pub(super) const GROUP: Slot<B256> = Slot::new(CONTRACT, 20);
pub(super) const FEE_RATE: Slot<u64> = Slot::new(CONTRACT, 21);
pub(super) const ATTESTED: Mapping<u16, Slot<Attestation>> = Mapping::new(CONTRACT, 22);

pub(super) const COINS: Slot<u64> = Slot::new(CONTRACT, 30);
pub(super) const COIN: Mapping<u64, Slot<CoinWord>> = Mapping::new(CONTRACT, 31);
pub(super) const COIN_TXID: Mapping<u64, Slot<B256>> = Mapping::new(CONTRACT, 32);
pub(super) const COIN_AT: Mapping<B256, Mapping<u32, Slot<u64>>> = Mapping::new(CONTRACT, 33);
pub(super) const COIN_DEPOSIT: Mapping<u64, Slot<DepositWord>> = Mapping::new(CONTRACT, 34);
pub(super) const COIN_REFUND: Mapping<u64, Slot<B256>> = Mapping::new(CONTRACT, 35);
/// The blocks that a coin was proven in; at most one is on the best chain.
pub(super) const ANCHORS: Mapping<u64, List<B256>> = Mapping::new(CONTRACT, 36);
/// Sats of unspent reserve coins that were proven in a block.
pub(super) const IN_BLOCK: Mapping<B256, Slot<u64>> = Mapping::new(CONTRACT, 37);
pub(super) const FREE: Set = Set::new(38, 39);
pub(super) const REFUNDABLE: Set = Set::new(40, 41);

pub(super) const ISSUED: Slot<u64> = Slot::new(CONTRACT, 50);
pub(super) const BURNT: Slot<u64> = Slot::new(CONTRACT, 51);
pub(super) const ESCROW: Slot<u64> = Slot::new(CONTRACT, 52);
/// Sats of all unspent reserve coins.
pub(super) const HELD: Slot<u64> = Slot::new(CONTRACT, 53);
/// The part of [`HELD`] whose block is on the best chain.
pub(super) const ANCHORED: Slot<u64> = Slot::new(CONTRACT, 54);
/// The part of [`HELD`] that live intents spend.
pub(super) const IN_FLIGHT: Slot<u64> = Slot::new(CONTRACT, 55);
/// Sats of deposits that wait for their sweep.
pub(super) const UNSWEPT: Slot<u64> = Slot::new(CONTRACT, 56);

pub(super) const PAYOUTS: Slot<u64> = Slot::new(CONTRACT, 60);
pub(super) const PAYOUT: Mapping<u64, Slot<PayoutWord>> = Mapping::new(CONTRACT, 61);
pub(super) const PAYOUT_OWNER: Mapping<u64, Slot<Address>> = Mapping::new(CONTRACT, 62);
/// Length and first 31 bytes of a script.
pub(super) const SCRIPT_HEAD: Mapping<u64, Slot<B256>> = Mapping::new(CONTRACT, 63);
/// The rest of it.
pub(super) const SCRIPT_TAIL: Mapping<u64, Slot<B256>> = Mapping::new(CONTRACT, 64);
/// The payout at a place of the queue; 0 where it has left.
pub(super) const QUEUE: Mapping<u64, Slot<u64>> = Mapping::new(CONTRACT, 65);
pub(super) const QUEUE_HEAD: Slot<u64> = Slot::new(CONTRACT, 66);
pub(super) const QUEUE_TAIL: Slot<u64> = Slot::new(CONTRACT, 67);

pub(super) const INTENTS: Slot<u64> = Slot::new(CONTRACT, 70);
pub(super) const INTENT: Mapping<u64, Slot<IntentWord>> = Mapping::new(CONTRACT, 71);
pub(super) const INTENT_COINS: Mapping<u64, List<u64>> = Mapping::new(CONTRACT, 72);
pub(super) const INTENT_PAYOUTS: Mapping<u64, List<u64>> = Mapping::new(CONTRACT, 73);
/// Which rung of which intent a transaction is.
pub(super) const RUNG: Mapping<B256, Slot<RungWord>> = Mapping::new(CONTRACT, 74);
/// The coin that a settled intent made.
pub(super) const CHANGE: Mapping<u64, Slot<u64>> = Mapping::new(CONTRACT, 75);
pub(super) const LIVE: Set = Set::new(76, 77);
/// The block of the last intent.
pub(super) const LAST: Slot<u64> = Slot::new(CONTRACT, 79);

/// The number of the latest ceremony.
pub(super) const CEREMONY: Slot<u32> = Slot::new(CONTRACT, 90);
pub(super) const MEMBERS: Mapping<u32, List<u16>> = Mapping::new(CONTRACT, 91);
/// The round that is due, 0 once the ceremony has ended.
pub(super) const ROUND: Slot<u8> = Slot::new(CONTRACT, 92);
pub(super) const DEADLINE: Slot<u64> = Slot::new(CONTRACT, 93);
/// What was said, by ceremony, round and custodian.
pub(super) const SAID: Mapping<u32, Mapping<u8, Mapping<u16, List<B256>>>> = Mapping::new(CONTRACT, 94);
pub(super) const GROUP_BYTES: List<B256> = List::new(CONTRACT, 95);

/// Writes bytes into an empty list: their number, then 32 to an element.
pub(super) fn write_bytes(
    list: &List<B256>,
    storage: &mut dyn Storage,
    bytes: &[u8],
) -> Result<(), StorageError> {
    list.push(storage, &U256::from(bytes.len()).into())?;
    for chunk in bytes.chunks(32) {
        list.push(storage, &B256::right_padding_from(chunk))?;
    }
    Ok(())
}

/// Reads what [`write_bytes`] wrote; nothing if it never did.
pub(super) fn read_bytes(list: &List<B256>, storage: &mut dyn Storage) -> Result<Vec<u8>, StorageError> {
    let words = all(list, storage)?;
    let Some((length, words)) = words.split_first() else { return Ok(Vec::new()) };
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.0).collect();
    bytes.truncate(U256::from_be_bytes(length.0).saturating_to());
    Ok(bytes)
}

/// Declares a record of numbers that fills at most one word.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub(super) struct $name {
            $($(#[$field_doc])* pub(super) $field: $type,)*
        }

        impl Word for $name {
            fn to_word(&self) -> U256 {
                let mut bytes = [0; 32];
                let mut at = 0;
                $({
                    let field = self.$field.to_be_bytes();
                    bytes[at..at + field.len()].copy_from_slice(&field);
                    at += field.len();
                })*
                debug_assert!(at <= 32);
                U256::from_be_bytes(bytes)
            }

            fn from_word(word: U256) -> Option<Self> {
                let bytes = word.to_be_bytes::<32>();
                let mut rest = bytes.as_slice();
                $(
                    let (field, after) = rest.split_first_chunk()?;
                    let $field = <$type>::from_be_bytes(*field);
                    rest = after;
                )*
                rest.iter().all(|byte| *byte == 0).then_some(Self { $($field),* })
            }
        }
    };
}

record! {
    /// A tier of deposit depths.
    Tier {
        /// Largest amount; `u64::MAX` in the last tier.
        up_to: u64,
        /// Blocks on top.
        depth: u32,
    }
}

record! {
    /// What a custodian said about fees.
    Attestation {
        /// At which Bitcoin height; 0 for never.
        height: u32,
        /// The rate.
        rate: u64,
    }
}

record! {
    /// A coin's numbers.
    CoinWord {
        value: u64,
        vout: u32,
        /// A [`CoinState`](super::coin::CoinState).
        state: u8,
        /// 1 for a deposit, 0 for the treasury's own.
        is_deposit: u8,
        /// The intent that spends it.
        intent: u64,
    }
}

record! {
    /// A payout's numbers.
    PayoutWord {
        amount: u64,
        ceiling: u64,
        /// Where it stands in the queue while it waits, then the intent that pays it.
        at: u64,
        /// A [`PayoutState`](super::payout::PayoutState).
        state: u8,
    }
}

record! {
    /// An intent's numbers.
    IntentWord {
        rate: u64,
        fee: u64,
        /// The Bitcoin height when its newest rung was emitted.
        since: u32,
        rung: u32,
        /// An [`IntentState`](super::intent::IntentState).
        state: u8,
    }
}

record! {
    /// A rung.
    RungWord {
        intent: u64,
        fee: u64,
    }
}

/// Whom a deposit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DepositWord {
    pub(super) recipient: Address,
    pub(super) action: u8,
}

impl Word for DepositWord {
    fn to_word(&self) -> U256 {
        let mut bytes = [0; 32];
        bytes[..20].copy_from_slice(self.recipient.as_slice());
        bytes[20] = self.action;
        U256::from_be_bytes(bytes)
    }

    fn from_word(word: U256) -> Option<Self> {
        let bytes = word.to_be_bytes::<32>();
        let rest_is_zero = bytes[21..].iter().all(|byte| *byte == 0);
        rest_is_zero.then(|| Self { recipient: Address::from_slice(&bytes[..20]), action: bytes[20] })
    }
}

/// A set of numbers: a list, and each member's place in it plus one.
#[derive(Debug)]
pub(super) struct Set {
    members: List<u64>,
    places: Mapping<u64, Slot<u64>>,
}

impl Set {
    const fn new(members: u64, places: u64) -> Self {
        Self { members: List::new(CONTRACT, members), places: Mapping::new(CONTRACT, places) }
    }

    pub(super) fn len(&self, storage: &mut dyn Storage) -> Result<u64, StorageError> {
        self.members.len(storage)
    }

    pub(super) fn insert(&self, storage: &mut dyn Storage, member: u64) -> Result<(), StorageError> {
        if self.places.at(&member).load(storage)? == 0 {
            self.members.push(storage, &member)?;
            let place = self.members.len(storage)?;
            self.places.at(&member).store(storage, &place)?;
        }
        Ok(())
    }

    /// Removes a member; the last one takes its place.
    pub(super) fn remove(&self, storage: &mut dyn Storage, member: u64) -> Result<(), StorageError> {
        let Some(index) = self.places.at(&member).load(storage)?.checked_sub(1) else { return Ok(()) };
        let last = self.members.pop(storage)?.unwrap_or(member);
        if last != member {
            self.members.set(storage, index, &last)?;
            self.places.at(&last).store(storage, &(index + 1))?;
        }
        self.places.at(&member).clear(storage)
    }

    /// At most `count` members, from a place that moves on with `turn`, so that each has its turn.
    pub(super) fn window(
        &self,
        storage: &mut dyn Storage,
        turn: u64,
        count: u64,
    ) -> Result<Vec<u64>, StorageError> {
        let len = self.len(storage)?;
        let start = if len <= count { 0 } else { turn.wrapping_mul(count) % len };
        let index = |offset: u64| (start + offset) % len;
        let mut members = Vec::new();
        for offset in 0..len.min(count) {
            members.extend(self.members.get(storage, index(offset))?);
        }
        Ok(members)
    }
}

/// Every element of a list.
pub(super) fn all<T: Word>(list: &List<T>, storage: &mut dyn Storage) -> Result<Vec<T>, StorageError> {
    let mut elements = Vec::new();
    for index in 0..list.len(storage)? {
        elements.extend(list.get(storage, index)?);
    }
    Ok(elements)
}

/// Changes a counter.
pub(super) fn change(
    counter: &Slot<u64>,
    storage: &mut dyn Storage,
    how: impl FnOnce(u64) -> Option<u64>,
) -> Result<(), StorageError> {
    let old = counter.load(storage)?;
    let new =
        how(old).ok_or_else(|| StorageError::Database(format!("custody's books cannot follow {old}")))?;
    counter.store(storage, &new)
}

pub(super) fn increase(
    counter: &Slot<u64>,
    storage: &mut dyn Storage,
    sats: u64,
) -> Result<(), StorageError> {
    change(counter, storage, |old| old.checked_add(sats))
}

pub(super) fn decrease(
    counter: &Slot<u64>,
    storage: &mut dyn Storage,
    sats: u64,
) -> Result<(), StorageError> {
    change(counter, storage, |old| old.checked_sub(sats))
}

/// The next number, from 1, of things that `counter` counts.
pub(super) fn next(counter: &Slot<u64>, storage: &mut dyn Storage) -> Result<u64, StorageError> {
    increase(counter, storage, 1)?;
    counter.load(storage)
}
