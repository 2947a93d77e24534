use alloy_primitives::{B64, B256};
use ballast_system::finality::Vote;
use serde_json::json;

use crate::client::Node;

fn vote(height: u64) -> Vote {
    let word = |byte| B256::repeat_byte(byte);
    let (provider, block_hash, randomness, signature) = (word(1), word(2), word(3), word(4));
    Vote { provider, height, block_hash, randomness, signature, commitment: 0, path: vec![word(5)] }
}

#[tokio::test]
async fn refused_votes_are_read_in_pages() {
    let node = Node::start().await;
    let page = node.get("ballast_refusedVotes", json!([])).await;
    // whoever reads on must notice that another run of the node counts anew
    let run: B64 = page["run"].as_str().unwrap().parse().unwrap();
    assert_ne!(run, B64::ZERO);
    assert_eq!(page, json!({"run": run, "next": "0x0", "votes": []}));
    node.chain.refuse((0..300).map(vote));
    let page = node.get("ballast_refusedVotes", json!(["0x0"])).await;
    assert_eq!((page["next"].clone(), page["votes"].as_array().unwrap().len()), (json!("0x100"), 256));
    let expected = json!({
        "provider": B256::repeat_byte(1),
        "height": "0x0",
        "blockHash": B256::repeat_byte(2),
        "randomness": B256::repeat_byte(3),
        "signature": B256::repeat_byte(4),
    });
    assert_eq!(page["votes"][0], expected);
    let page = node.get("ballast_refusedVotes", json!(["0x100"])).await;
    assert_eq!((page["next"].clone(), page["votes"].as_array().unwrap().len()), (json!("0x12c"), 44));
    let page = node.get("ballast_refusedVotes", json!(["0xffff"])).await;
    assert_eq!(page, json!({"run": run, "next": "0x12c", "votes": []}), "the node was started anew");
    assert_eq!(node.fail("ballast_refusedVotes", json!(["first"])).await.code, -32602);
}
