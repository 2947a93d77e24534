use super::*;

#[test]
fn a_context_is_read_back() {
    for purpose in Purpose::ALL {
        let context = SigningContext::new(purpose, "bbn-1", "bbn1module").unwrap();
        assert_eq!(SigningContext::parse(&context.to_string()), Ok(context));
        assert_eq!(context.to_prefix(), hex::encode(context.digest()));
    }
}

#[test]
fn what_is_no_context_is_refused() {
    let error = |text| SigningContext::parse(text).unwrap_err();
    let found = || String::new();
    assert!(matches!(error("btcstaking/1/fp_pop/bbn-1/m"), SigningContextError::Prefix { .. }));
    assert!(matches!(error("btcstaking/0"), SigningContextError::Prefix { .. }));
    assert!(matches!(error("btcstaking/0/fp_popp/bbn-1/m"), SigningContextError::Purpose { .. }));
    assert_eq!(error("btcstaking/0/fp_pop/bbn-1"), SigningContextError::Part { found: found() });
    assert_eq!(error("btcstaking/0/fp_pop//m"), SigningContextError::Part { found: found() });
    let slash = SigningContextError::Part { found: "m/n".to_owned() };
    assert_eq!(error("btcstaking/0/fp_pop/bbn-1/m/n"), slash);
    assert_eq!(SigningContext::new(Purpose::FinalityVote, "bbn-1", "m/n"), Err(slash));
}
