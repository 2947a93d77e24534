//! Stakes that become other stakes.

use std::collections::BTreeMap;

use ballast_bitcoin_staking::{
    Coin, CoinPolicy, CovenantSignatures, ExpansionFunding, ExpansionTx, StakingTx, Terms,
};
use bitcoin::hashes::Hash;
use bitcoin::{Amount, OutPoint, TxOut};
use serde_json::Value;

use super::read::*;

fn side(vector: &Value, side: &str) -> Terms {
    let params = &vector[format!("{side}_params")];
    let time = blocks(&vector[format!("{side}_staking_time")]);
    let (staker, providers) = (key(&vector["staker_pk"]), keys(&vector["fp_pks"]));
    Terms::new(staker, providers, committee(params), time, blocks(&params["unbondingTime"])).unwrap()
}

fn coin(value: &Value) -> Coin {
    let output = TxOut { value: sats(&value["value"]), script_pubkey: script(&value["scriptPubKey"]) };
    let outpoint = OutPoint::new(text(&value["txid"]).parse().unwrap(), number(&value["vout"]) as u32);
    Coin { outpoint, output }
}

#[test]
fn expansions_are_equal() {
    for vector in vectors(include_str!("../../testvectors/stake_expansion.json")) {
        let previous = tx(&vector["previous_staking_tx_hex"]);
        let staking =
            StakingTx::parse(previous, side(&vector, "previous"), sats(&vector["staking_amount"])).unwrap();
        let coins: Vec<_> = vector["funding_utxos"].as_array().unwrap().iter().map(coin).collect();
        let funding = ExpansionFunding {
            coins: &coins,
            policy: CoinPolicy::BtcStakingTs,
            fee_rate: rate(&vector["fee_rate"]),
            change: coins[0].output.script_pubkey.clone(),
        };
        let terms = side(&vector, "new");
        let made = ExpansionTx::build(staking.stake(), terms, Amount::ZERO, &funding).unwrap();
        assert_tx(made.transaction(), &vector["expansion_tx_hex"], "expansion");
        assert_eq!(made.fee(), sats(&vector["fee"]));
        assert_eq!(*made.funding(), coin(&vector["chosen_funding_utxo"]).output);
        let psbt = made.psbt(Some(key(&vector["staker_pk"]))).serialize();
        let unmarked = made.psbt(None).serialize();
        let stated = text(&vector["expansion_psbt_hex"]);
        assert!([psbt, unmarked].map(hex::encode).contains(&stated.to_owned()));
        assert_eq!(hex::encode(made.sighash().to_byte_array()), text(&vector["input0_sighash"]));

        let stated: BTreeMap<String, Value> =
            serde_json::from_value(vector["covenant_sigs"].clone()).unwrap();
        let covenant: CovenantSignatures =
            stated.iter().map(|(key, value)| (key.parse().unwrap(), signature(value))).collect();
        let signed = made.signed(&signature(&vector["staker_sig"]), &covenant).unwrap();
        assert_tx(&signed, &vector["tx_with_input0_witness_hex"], "signed");
    }
}
