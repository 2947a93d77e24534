use super::*;
use crate::fixture::{COVENANT, PROVIDER, STAKER, blocks, committee, key};

fn try_terms(staker: u8, providers: &[u8]) -> Result<Terms, TermsError> {
    let providers: Vec<_> = providers.iter().copied().map(key).collect();
    Terms::new(key(staker), providers, committee(), blocks(200), blocks(10))
}

#[test]
fn nobody_plays_two_parts() {
    for (staker, providers, twice) in [
        (STAKER, vec![STAKER], STAKER),
        (STAKER, vec![COVENANT[1]], COVENANT[1]),
        (COVENANT[2], vec![PROVIDER], COVENANT[2]),
        (STAKER, vec![PROVIDER, 5, PROVIDER], PROVIDER),
    ] {
        assert_eq!(try_terms(staker, &providers), Err(TermsError::DuplicateKey { key: key(twice) }));
    }
    assert!(try_terms(STAKER, &[PROVIDER]).is_ok());
}

#[test]
fn somebody_must_provide() {
    assert_eq!(try_terms(STAKER, &[]), Err(TermsError::NoProvider));
}

#[test]
fn providers_make_the_same_terms_in_any_order() {
    assert_eq!(try_terms(STAKER, &[5, 6, 7]), try_terms(STAKER, &[7, 5, 6]));
}

#[test]
fn timelocks_are_what_a_sequence_can_say() {
    for found in [0, 65_536, u32::MAX] {
        assert_eq!(Timelock::from_blocks(found), Err(TermsError::Timelock { found }));
    }
    for blocks in [1, 144, 65_535] {
        let timelock = Timelock::from_blocks(blocks).unwrap();
        assert_eq!(timelock.blocks(), blocks);
        assert_eq!(timelock.to_sequence().to_consensus_u32(), blocks);
        assert!(timelock.to_sequence().is_height_locked());
    }
}
