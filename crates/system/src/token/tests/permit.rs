use alloy_primitives::{B256, keccak256};
use alloy_sol_types::SolValue;
use bitcoin::secp256k1::{Message, SECP256K1, SecretKey};

use super::*;

/// The order of the curve.
const ORDER: U256 =
    alloy_primitives::uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

fn secret() -> SecretKey {
    SecretKey::from_slice(&[7; 32]).unwrap()
}

fn signer() -> Address {
    let key = secret().public_key(SECP256K1).serialize_uncompressed();
    Address::from_slice(&keccak256(&key[1..])[12..])
}

/// The domain separator, from EIP-712's own words.
fn separator(chain_id: u64, token: Address) -> B256 {
    let of = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
    let (name, version) = (keccak256("Some token"), keccak256("1"));
    keccak256((keccak256(of), name, version, U256::from(chain_id), token).abi_encode())
}

fn digest(separator: B256, value: U256, nonce: u64, deadline: u64) -> B256 {
    let of = b"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)";
    let content = (keccak256(of), signer(), BOB, value, U256::from(nonce), U256::from(deadline));
    let message = keccak256(content.abi_encode());
    keccak256([b"\x19\x01", separator.as_slice(), message.as_slice()].concat())
}

fn sign(digest: B256, value: U256, deadline: u64) -> permitCall {
    let signature = SECP256K1.sign_ecdsa_recoverable(&Message::from_digest(digest.0), &secret());
    let (id, compact) = signature.serialize_compact();
    permitCall {
        owner: signer(),
        spender: BOB,
        value,
        deadline: U256::from(deadline),
        v: 27 + u8::try_from(id.to_i32()).unwrap(),
        r: B256::from_slice(&compact[..32]),
        s: B256::from_slice(&compact[32..]),
    }
}

fn good() -> permitCall {
    sign(digest(separator(840_099, HOME), n(5), 0, 1_000), n(5), 1_000)
}

fn is_refused_as_anothers(permit: &permitCall) {
    let mut storage = world();
    let before = storage.snapshot();
    let refused = call(&mut storage, CAROL, permit);
    let Err(CallError::Revert(data)) = refused else { panic!("{permit:?} was accepted") };
    assert_eq!(data[..4], <ERC2612InvalidSigner as alloy_sol_types::SolError>::SELECTOR);
    assert_eq!(storage.snapshot(), before);
}

#[test]
fn a_permit_approves_whoever_carries_it() {
    let mut storage = world();
    TOKEN.mint(&mut storage, signer(), n(9)).unwrap();
    call(&mut storage, CAROL, &good()).unwrap();
    assert_eq!(call(&mut storage, BOB, &noncesCall { owner: signer() }).unwrap(), n(1));
    call(&mut storage, BOB, &transferFromCall { from: signer(), to: BOB, value: n(5) }).unwrap();
    assert_eq!(balances(&mut storage)[1], n(5));
}

#[test]
fn a_permit_is_good_once() {
    let mut storage = world();
    call(&mut storage, CAROL, &good()).unwrap();
    assert!(call(&mut storage, CAROL, &good()).is_err());
    let second = sign(digest(separator(840_099, HOME), n(8), 1, 1_000), n(8), 1_000);
    call(&mut storage, CAROL, &second).unwrap();
}

#[test]
fn a_permit_ends_with_its_last_second() {
    let mut storage = world();
    storage.block.timestamp = 1_001;
    let error = ERC2612ExpiredSignature { deadline: n(1_000) };
    assert_eq!(call(&mut storage, CAROL, &good()).map(|_| ()), Err(CallError::revert(&error)));
}

#[test]
fn a_permit_is_for_one_chain_one_token_and_one_content() {
    is_refused_as_anothers(&sign(digest(separator(1, HOME), n(5), 0, 1_000), n(5), 1_000));
    is_refused_as_anothers(&sign(digest(separator(840_099, BOB), n(5), 0, 1_000), n(5), 1_000));
    is_refused_as_anothers(&sign(digest(separator(840_099, HOME), n(5), 1, 1_000), n(5), 1_000));
    is_refused_as_anothers(&permitCall { value: n(6), ..good() });
    is_refused_as_anothers(&permitCall { spender: CAROL, ..good() });
    is_refused_as_anothers(&permitCall { deadline: n(2_000), ..good() });
    is_refused_as_anothers(&permitCall { owner: ALICE, ..good() });
}

#[test]
fn nobodys_signature_approves_nothing_of_nobody() {
    let nothing = permitCall { r: B256::ZERO, s: B256::ZERO, ..good() };
    is_refused_as_anothers(&nothing);
    is_refused_as_anothers(&permitCall { owner: Address::ZERO, ..nothing });
}

#[test]
fn a_signature_has_one_form() {
    let permit = good();
    let high = ORDER - U256::from_be_bytes(permit.s.0);
    is_refused_as_anothers(&permitCall { s: high.into(), v: 55 - permit.v, ..permit.clone() });
    is_refused_as_anothers(&permitCall { v: permit.v - 27, ..permit.clone() });
    is_refused_as_anothers(&permitCall { v: permit.v + 2, ..permit.clone() });
    is_refused_as_anothers(&permitCall { v: 55 - permit.v, ..permit });
}

#[test]
fn the_domain_is_what_was_signed_under() {
    let mut storage = world();
    let separator_found = call(&mut storage, BOB, &DOMAIN_SEPARATORCall {}).unwrap();
    assert_eq!(separator_found, separator(840_099, HOME));
    let domain = call(&mut storage, BOB, &eip712DomainCall {}).unwrap();
    assert_eq!((domain.fields.0, domain.name.as_str(), domain.version.as_str()), ([0x0f], "Some token", "1"));
    assert_eq!((domain.chainId, domain.verifyingContract), (n(840_099), HOME));
    assert!(domain.salt.is_zero() && domain.extensions.is_empty());
    // a fork of the chain is another domain at once
    storage.block.chain_id = 5;
    assert_eq!(call(&mut storage, BOB, &DOMAIN_SEPARATORCall {}).unwrap(), separator(5, HOME));
}
