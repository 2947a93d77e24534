//! Babylon's own vectors.

use ballast_bitcoin_staking::op_return::Announcement;
use ballast_bitcoin_staking::{Committee, Stake, Terms, UnbondingTx};
use bitcoin::OutPoint;
use serde_json::Value;

use super::read::*;

fn long_keys(value: &Value) -> Vec<bitcoin::XOnlyPublicKey> {
    value.as_array().unwrap().iter().map(long_key).collect()
}

#[test]
fn scripts_transactions_and_announcements_are_equal() {
    let mut announced = 0;
    for vector in vectors(include_str!("../../testvectors/repo_btcstaking.json")) {
        let (given, expected) = (&vector["parameters"], &vector["expected"]);
        let quorum = number(&given["covenant_quorum"]) as usize;
        let committee = Committee::new(long_keys(&given["covenant_public_keys"]), quorum).unwrap();
        let providers = long_keys(&given["finality_provider_public_keys"]);
        let staker = long_key(&given["staker_public_key"]);
        let (staking_time, unbonding_time) =
            (blocks(&given["staking_time"]), blocks(&given["unbonding_time"]));
        let terms = Terms::new(staker, providers.clone(), committee, staking_time, unbonding_time).unwrap();

        let (staking, unbonding) = (terms.staking_output(), terms.unbonding_output());
        let field = |name: &str| script(&expected[name]);
        assert_eq!(staking.taproot().script_pubkey(), field("staking_output_pkscript_hex"));
        assert_eq!(*staking.timelock().script(), field("staking_transaction_timelock_script_hex"));
        assert_eq!(*staking.unbonding().script(), field("staking_transaction_unbonding_script_hex"));
        assert_eq!(*staking.slashing().script(), field("staking_transaction_slashing_script_hex"));
        assert_eq!(*unbonding.timelock().script(), field("unbonding_transaction_time_lock_script_hex"));
        assert_eq!(*unbonding.slashing().script(), field("unbonding_transaction_slashing_script_hex"));
        assert_eq!(sats(&given["staking_value"]), sats(&expected["staking_output_value"]));

        let txid = text(&given["staking_tx_hash"]).parse().unwrap();
        let outpoint = OutPoint::new(txid, number(&given["staking_output_index"]) as u32);
        let stake = Stake::new(terms, outpoint, sats(&given["staking_value"]));
        let unbonding = UnbondingTx::build(&stake, sats(&given["unbonding_fee"])).unwrap();
        assert_tx(unbonding.transaction(), &expected["unbonding_transaction_hex"], text(&vector["name"]));

        if let Some(data) = expected["op_return_script_hex"].as_str().filter(|data| !data.is_empty()) {
            let tag = hex::decode(text(&given["tag"])).unwrap().try_into().unwrap();
            let said = Announcement { tag, staker, provider: providers[0], staking_time };
            assert_eq!(said.to_script().to_hex_string(), data);
            assert_eq!(Announcement::from_script(said.to_script().as_bytes()), Some(said));
            announced += 1;
        }
    }
    assert_eq!(announced, 3);
}
