use alloy_primitives::{Bytes, LogData};

use super::*;

fn log(address: u8, topics: &[u8]) -> Log {
    let topics = topics.iter().map(|byte| B256::repeat_byte(*byte)).collect();
    Log { address: Address::repeat_byte(address), data: LogData::new_unchecked(topics, Bytes::new()) }
}

fn filter(addresses: &[u8], topics: [&[u8]; 4]) -> LogFilter {
    LogFilter {
        addresses: addresses.iter().map(|byte| Address::repeat_byte(*byte)).collect(),
        topics: topics.map(|list| list.iter().map(|byte| B256::repeat_byte(*byte)).collect()),
    }
}

#[test]
fn an_empty_list_accepts_anything_and_a_list_any_of_its_members() {
    let emitted = log(1, &[2, 3]);
    for wanted in [
        filter(&[], [&[], &[], &[], &[]]),
        filter(&[9, 1], [&[], &[], &[], &[]]),
        filter(&[], [&[8, 2], &[], &[], &[]]),
        filter(&[1], [&[2], &[3], &[], &[]]),
    ] {
        assert!(wanted.matches(&emitted), "{wanted:?}");
        assert!(wanted.may_match(&[&emitted].into_iter().collect()), "{wanted:?}");
    }
    for unwanted in [
        filter(&[9], [&[], &[], &[], &[]]),
        filter(&[], [&[3], &[], &[], &[]]),
        filter(&[1], [&[2], &[3], &[4], &[]]),
    ] {
        assert!(!unwanted.matches(&emitted), "{unwanted:?}");
    }
}

#[test]
fn a_bloom_without_the_address_or_the_topic_rules_a_block_out() {
    let bloom = [&log(1, &[2])].into_iter().collect();
    assert!(!filter(&[9], [&[], &[], &[], &[]]).may_match(&bloom));
    assert!(!filter(&[1], [&[9], &[], &[], &[]]).may_match(&bloom));
}
