//! A changed vector fails.
//!
//! Every leaf is changed on its own in its first, its middle and its last digit, every key is renamed, and everything
//! that has a name or a place in a list is left out. Some changes leave a vector true, and no check could notice them:
//! [`TRUE_CHANGES`] lists those leaves, and of them some larger change must be noticed; [`TRUE_OMISSIONS`] lists what may
//! be left out besides prose and foreign fields.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::{FILES, path};
use crate::file::{foreign, judge_vector};
use crate::reader::{PROSE, leaves};
use crate::report::Foreign;
use crate::test_keys::KeyRing;
use crate::{Context, KINDS, Kind, json as strict_json};

/// Leaves of which some changes leave the vector true, by kind.
const TRUE_CHANGES: [(&str, &str, &str); 14] = [
    ("adaptor_repo_csv", "/pre-signature", "14 is as wrong a first byte as 04"),
    ("btc_headers", "/first_time", "compact bits round, and the timespan is clamped"),
    ("btc_headers", "/last_time", "compact bits round, and the timespan is clamped"),
    ("btc_headers", "/old_bits", "compact bits round"),
    ("btc_headers", "/fork_headers/5", "every second hash has regtest's work"),
    ("btc_headers", "/next_time_mtp_plus_1_accepted", "every second hash has regtest's work"),
    ("real_testnet_delegation", "/params/max_staking_time_blocks", "a limit that the stake keeps"),
    ("real_testnet_delegation", "/params/max_staking_value_sat", "a limit that the stake keeps"),
    ("real_testnet_delegation", "/params/min_staking_time_blocks", "a limit that the stake keeps"),
    ("real_testnet_delegation", "/params/min_staking_value_sat", "a limit that the stake keeps"),
    ("slashing_amounts", "/amount", "what is slashed is rounded"),
    ("slashing_amounts", "/rate", "what is slashed is rounded"),
    ("stake_expansion", "/funding_utxos/0/value", "a coin that is larger than the one chosen"),
    ("transactions", "/utxos/2/value", "a coin that is too small to be spent"),
];

/// What a vector is true without, by kind.
const TRUE_OMISSIONS: [(&str, &str, &str); 2] = [
    ("stake_expansion", "/funding_utxos/0", "a coin that is larger than the one chosen"),
    ("transactions", "/utxos/2", "a coin that is too small to be spent"),
];

/// The places of coins that are not spent: nothing depends on it.
const UNSPENT: [&str; 4] =
    ["/funding_utxos/0/txid", "/funding_utxos/0/vout", "/utxos/2/txid", "/utxos/2/vout"];

/// The vectors of the two largest files that are changed: one of every form and every named set.
const SAMPLES: [(&str, &[usize]); 2] = [
    ("staking_scripts", &[0, 8, 17, 28, 34, 43, 47, 51, 55, 62, 63, 64]),
    ("transactions", &[0, 2, 18, 19, 31, 33, 47]),
];

/// A file with what its vectors are checked against.
struct Subject {
    kind: &'static Kind,
    source: Option<String>,
    rows: Vec<Value>,
    keys: Option<KeyRing>,
}

impl Subject {
    fn read(file: &str) -> Self {
        let content = strict_json::parse(&fs::read_to_string(path(file)).unwrap()).unwrap();
        let rows = content["vectors"].as_array().unwrap().clone();
        let stem = path(file).file_stem().unwrap().to_str().unwrap().to_owned();
        let kind = KINDS.iter().find(|kind| kind.name == stem).unwrap();
        let source = content["source"].as_str().map(str::to_owned);
        Self { kind, source, rows, keys: KeyRing::beside(&path(file)).unwrap() }
    }

    /// Whether the vector fails when it stands at `index`.
    fn is_noticed(&self, index: usize, row: &Value) -> bool {
        let source = self.source.as_deref();
        let context = Context { keys: self.keys.as_ref(), source, rows: &self.rows, index };
        !judge_vector(self.kind, row, &context).is_empty()
    }

    /// The vectors to change, with their positions.
    fn samples(&self) -> impl Iterator<Item = (usize, &Value)> {
        let samples = SAMPLES.iter().find(|(kind, _)| *kind == self.kind.name).map(|(_, samples)| *samples);
        let is_sample = move |index: &usize| samples.is_none_or(|samples| samples.contains(index));
        self.rows.iter().enumerate().filter(move |(index, _)| is_sample(index))
    }

    /// The pointers of the leaves that must be bound.
    fn leaves(&self, row: &Value) -> Vec<String> {
        let foreign = foreign(self.kind, self.keys.is_some());
        let is_bound = |pointer: &String| !foreign.iter().any(|field: &Foreign| field.covers(pointer));
        let leaves = leaves(row).into_iter().filter(|leaf| !leaf.is_prose);
        leaves.map(|leaf| leaf.pointer).filter(is_bound).collect()
    }

    /// Changes that nobody noticed.
    fn missed(&self, index: usize, row: &Value) -> Vec<String> {
        let mut missed = Vec::new();
        for pointer in self.leaves(row) {
            let value = row.pointer(&pointer).unwrap();
            let is_noticed = |changed: &Value| self.is_noticed(index, &replaced(row, &pointer, changed));
            let mut small = small_changes(value).into_iter().filter(|changed| !is_noticed(changed));
            let listed =
                TRUE_CHANGES.iter().any(|(kind, field, _)| (*kind, *field) == (self.kind.name, &pointer));
            let is_missed = match small.next() {
                None => false,
                Some(_) if UNSPENT.contains(&pointer.as_str()) => false,
                Some(_) if listed => !large_changes(value).iter().any(is_noticed),
                Some(_) => true,
            };
            if is_missed {
                missed.push(format!("{} {index} {pointer}: a change of {value}", self.kind.name));
            }
        }
        missed
    }
}

fn replaced(row: &Value, pointer: &str, leaf: &Value) -> Value {
    let mut row = row.clone();
    *row.pointer_mut(pointer).unwrap() = leaf.clone();
    row
}

/// The smallest changes of each kind of leaf, and one to another type.
fn small_changes(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) if text.is_empty() => vec!["00".into(), Value::Null],
        Value::String(text) => {
            let places: BTreeSet<_> = [0, text.len() / 2, text.len() - 1].into();
            places.into_iter().map(|place| flip(text, place)).chain([Value::Null]).collect()
        }
        Value::Number(number) => match number.as_u64() {
            Some(number) => vec![(number + 1).into(), number.to_string().into()],
            None => vec![(number.as_f64().unwrap() + 0.0001).into(), number.to_string().into()],
        },
        Value::Bool(flag) => vec![(!flag).into(), Value::Null],
        Value::Null => vec![true.into()],
        Value::Array(_) => vec![json!([0]), Value::Null],
        Value::Object(_) => vec![json!({"added": 0}), Value::Null],
    }
}

/// Changes by a billion, to a quarter, to nothing, and in every single digit.
fn large_changes(value: &Value) -> Vec<Value> {
    const BILLION: u64 = 1_000_000_000;
    match value {
        Value::Number(number) => {
            let number = number.as_u64().unwrap();
            vec![
                0.into(),
                (number / 4).into(),
                number.saturating_sub(BILLION).into(),
                (number + BILLION).into(),
            ]
        }
        Value::String(text) => {
            let flips = (0..text.len()).map(|place| flip(text, place));
            flips.chain(["0".into(), format!("9{text}").into()]).collect()
        }
        _ => Vec::new(),
    }
}

/// The text with the lowest bit of one character changed: a hex digit stays one.
fn flip(text: &str, place: usize) -> Value {
    let mut bytes = text.as_bytes().to_vec();
    bytes[place] ^= 1;
    String::from_utf8(bytes).unwrap().into()
}

#[test]
fn every_changed_leaf_is_noticed() {
    let mut missed = Vec::new();
    for (file, _) in FILES {
        let subject = Subject::read(file);
        for (index, row) in subject.samples() {
            missed.extend(subject.missed(index, row));
        }
    }
    assert!(missed.is_empty(), "{} changes went unnoticed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn every_renamed_key_is_noticed() {
    for (file, _) in FILES {
        let subject = Subject::read(file);
        for (index, row) in subject.samples() {
            for renamed in renamings(row) {
                assert!(subject.is_noticed(index, &renamed), "{} {index}: {renamed}", subject.kind.name);
            }
        }
    }
}

#[test]
fn everything_that_is_left_out_is_noticed() {
    let mut unnoticed = BTreeSet::new();
    for (file, _) in FILES {
        let subject = Subject::read(file);
        let foreign = foreign(subject.kind, subject.keys.is_some());
        for (index, row) in subject.samples() {
            let bound = places(row).into_iter().filter(|pointer| {
                !is_prose(pointer) && !foreign.iter().any(|field: &Foreign| field.covers(pointer))
            });
            let is_noticed = |pointer: &String| subject.is_noticed(index, &without(row, pointer));
            unnoticed.extend(
                bound.filter(|pointer| !is_noticed(pointer)).map(|pointer| (subject.kind.name, pointer)),
            );
        }
    }
    let listed = TRUE_OMISSIONS.map(|(kind, pointer, _)| (kind, pointer.to_owned()));
    assert_eq!(unnoticed, listed.into());
}

/// The value with one key renamed, for each key anywhere in it.
fn renamings(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    if let Value::Object(fields) = value {
        for key in fields.keys() {
            let mut renamed = fields.clone();
            let field = renamed.remove(key).unwrap();
            renamed.insert(flip(key, 0).as_str().unwrap().to_owned(), field);
            found.push(renamed.into());
        }
    }
    let children: Vec<_> = match value {
        Value::Object(fields) => fields.iter().map(|(key, child)| (format!("/{key}"), child)).collect(),
        Value::Array(items) => {
            (0..).zip(items).map(|(at, child): (u32, _)| (format!("/{at}"), child)).collect()
        }
        _ => Vec::new(),
    };
    for (pointer, child) in children {
        found.extend(renamings(child).iter().map(|renamed| replaced(value, &pointer, renamed)));
    }
    found
}

#[test]
fn the_samples_have_every_field() {
    for (file, _) in FILES {
        let subject = Subject::read(file);
        let fields = |row: &Value| {
            let leaves = subject.leaves(row);
            leaves.iter().map(|pointer| generic(pointer)).collect::<Vec<_>>()
        };
        let sampled: BTreeSet<_> = subject.samples().flat_map(|(_, row)| fields(row)).collect();
        let all: BTreeSet<_> = subject.rows.iter().flat_map(fields).collect();
        assert_eq!(sampled, all, "{file}");
    }
}

/// A pointer with list positions and keys of the covenant left out.
fn generic(pointer: &str) -> String {
    let is_special = |key: &&str| key.len() == 64 || key.parse::<usize>().is_ok();
    pointer.split('/').map(|key| if is_special(&key) { "*" } else { key }).collect::<Vec<_>>().join("/")
}

#[test]
fn the_list_of_true_changes_is_not_out_of_date() {
    for (kind, pointer, reason) in TRUE_CHANGES {
        let file = FILES.iter().find(|(file, _)| file.ends_with(&format!("/{kind}.json"))).unwrap().0;
        let subject = Subject::read(file);
        let has_slack = |(index, row): (usize, &Value)| {
            let Some(value) = row.pointer(pointer) else { return false };
            let is_noticed = |changed| subject.is_noticed(index, &replaced(row, pointer, changed));
            !small_changes(value).iter().all(is_noticed)
        };
        assert!(subject.samples().any(has_slack), "{kind} {pointer}: {reason}");
    }
}

/// The pointers of everything inside `value`.
fn places(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, child)| (format!("/{key}"), child)).collect(),
        Value::Array(items) => {
            (0..).zip(items).map(|(at, child): (u32, _)| (format!("/{at}"), child)).collect()
        }
        _ => Vec::new(),
    };
    let below = |(pointer, child): (String, &Value)| {
        let inner = places(child).into_iter().map(|inner| format!("{pointer}{inner}")).collect::<Vec<_>>();
        [vec![pointer], inner].concat()
    };
    children.into_iter().flat_map(below).collect()
}

fn without(row: &Value, pointer: &str) -> Value {
    let mut row = row.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match row.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.remove(key)),
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        _ => unreachable!("only lists and objects have something inside"),
    }
    row
}

fn is_prose(pointer: &str) -> bool {
    pointer.rsplit('/').next().is_some_and(|key| PROSE.contains(&key))
}
