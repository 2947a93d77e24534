use alloy_sol_types::SolError;

use super::*;

#[test]
fn an_error_is_named_with_its_fields() {
    let small = ICustody::DepositTooSmall { minimum: 20_000, found: 10 }.abi_encode();
    let text = error_text(SystemContract::Custody, &small);
    assert_eq!(text.as_deref(), Some("DepositTooSmall { minimum: 20000, found: 10 }"));
    // the same bytes mean nothing to another contract
    assert_eq!(error_text(SystemContract::Finality, &small), None);
    assert_eq!(error_text(SystemContract::Custody, &small[..20]), None);
}

#[test]
fn an_error_that_is_handed_on_is_named_too() {
    let unknown = ILightClient::UnknownBlock { hash: Default::default() }.abi_encode();
    for contract in [SystemContract::LightClient, SystemContract::Custody, SystemContract::Staking] {
        assert!(error_text(contract, &unknown).is_some_and(|text| text.starts_with("UnknownBlock")));
    }
    let selector = ISystem::NotADuty { selector: [1, 2, 3, 4].into() }.abi_encode();
    assert!(error_text(SystemContract::Staking, &selector).is_some_and(|text| text.starts_with("NotADuty")));
}
