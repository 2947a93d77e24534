use super::*;
use crate::babylon;

#[test]
fn the_depths_of_a_table_are_its_networks_latest() {
    let modules = Modules::built_in();
    for table in [babylon::mainnet(), babylon::testnet()] {
        let of_network = |record: &&CheckpointParams| record.network == table.name();
        let records = || modules.checkpoint.iter().filter(of_network);
        let last = |depth: fn(&CheckpointParams) -> Option<u32>| records().filter_map(depth).next_back();
        assert_eq!(last(|record| record.confirmation_depth), Some(table.confirmation_depth()));
        assert_eq!(last(|record| record.timestamp_depth), Some(table.timestamp_depth()));
        assert!(modules.finality(table.name()).is_some());
    }
}

#[test]
fn records_are_found_by_network_and_source() {
    let modules = Modules::built_in();
    let tag = |network, since| modules.checkpoint(network, since).map(|record| record.tag.as_str());
    assert_eq!(tag("bbn-1", Since::V1Upgrade), Some("62626e31"));
    assert_eq!(tag("bbn-test-6", Since::V1Upgrade), Some("62627436"));
    assert_eq!(tag("bbn-test-5", Since::V1Upgrade), None);
    assert_eq!(tag("bbn-2", Since::Genesis), None);
    assert_eq!(modules.finality("bbn-test-5"), None);
}
