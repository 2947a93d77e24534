use alloy_primitives::address;
use alloy_sol_types::SolCall;

use super::*;
use crate::redeem;

const ALICE: Address = address!("0x00000000000000000000000000000000000a11ce");

fn shown(chain: &impl Chain, account: Option<Address>, name: &str) -> Option<Value> {
    lines(chain, account).unwrap().into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

#[test]
fn tickets_are_listed_until_they_are_finished() {
    let chain = redeem::tests::chain();
    assert_eq!(shown(&chain, None, "rate"), Some(json!("1.000000000000000000")));
    assert_eq!(shown(&chain, None, "tickets"), None);
    assert_eq!(shown(&chain, Some(ALICE), "tickets"), Some(json!([])));
    let shares = U256::from(300_000_000_000_000u64);
    for _ in 0..2 {
        let call = IStkBtc::requestRedeemCall { shares, controller: ALICE, owner: ALICE };
        chain.transact(ALICE, SystemContract::StkBtc, &call.abi_encode()).unwrap();
    }
    let tickets = shown(&chain, Some(ALICE), "tickets").unwrap();
    let ticket = |number: &str, place: &str| json!({ "ticket": number, "place": place, "shares": "0.000300000000000000", "most_pbtc": "0.000300000000000000" });
    assert_eq!(tickets, json!([ticket("1", "0"), ticket("2", "1")]));
    assert_eq!(shown(&chain, None, "waiting_stkbtc"), Some(json!("0.000600000000000000")));
    let stranger = address!("0x0000000000000000000000000000000000000001");
    assert_eq!(shown(&chain, Some(stranger), "tickets"), Some(json!([])));
    chain.transact(ALICE, SystemContract::StkBtc, &IStkBtc::advanceCall {}.abi_encode()).unwrap();
    assert_eq!(shown(&chain, Some(ALICE), "tickets"), Some(json!([])));
    assert_eq!(shown(&chain, Some(ALICE), "claimable_pbtc"), Some(json!("0.000600000000000000")));
}
