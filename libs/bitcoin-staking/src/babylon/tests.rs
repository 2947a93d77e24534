use super::*;

#[test]
fn both_files_are_read() {
    assert_eq!((mainnet().name(), mainnet().versions().len()), ("bbn-1", 4));
    assert_eq!((testnet().name(), testnet().versions().len()), ("bbn-test-6", 6));
}
