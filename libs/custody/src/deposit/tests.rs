use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash;
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::taproot::LeafVersion;
use bitcoin::transaction::Version;
use bitcoin::{KnownHrp, TapLeafHash, TapSighashType, TxIn, TxOut, Witness};

use super::*;
use crate::testing::{CHAIN, accepts, deposit, outpoint, signing_key, x_only};

/// Addresses under group key [`x_only`] 7 and refund key [`x_only`] 111, from an implementation of BIP-341 that
/// shares no code with this one.
const VECTORS: [(Action, Option<u16>, &str); 5] = [
    (Action::Mint, None, "bcrt1pqn4xffkjffh9cc96zdpcut6wsl6qg8l5wdptxl2ljum69ufucxaq9wzqgx"),
    (Action::MintAndStake, None, "bcrt1p57gfxszuq8thm590ya5frc4f0ywgtcgalpx0qe3549l0vgk8h3wqltwfgy"),
    (Action::Mint, Some(16), "bcrt1pyxyaqc975n0whmez0pdwfq3jlme6tu69cvnqawtx8hlyg5j0swhqphy4k0"),
    (Action::Mint, Some(100), "bcrt1pyuntlh2n6nk5wyzpadthrwrj6zctcyqqanezl2mtsgxnryuqqqfq0y4rj7"),
    (Action::MintAndStake, Some(52_560), "bcrt1ptxz89nx8vk9jajgxf74gvg2dxlwq4pt36t4q8vys73dzj97e3kwskt2vj6"),
];

#[test]
fn addresses_are_those_of_the_wire_format() {
    for (action, blocks, address) in VECTORS {
        let refund = blocks.map(|blocks| Refund::new(x_only(111), blocks, 1).unwrap());
        let deposit = Deposit { chain_id: CHAIN, recipient: [0x11; 20], action, refund };
        assert_eq!(deposit.address(x_only(7), KnownHrp::Regtest).to_string(), address);
        assert_eq!(
            deposit.address(x_only(7), KnownHrp::Regtest).script_pubkey(),
            deposit.script_pubkey(x_only(7))
        );
    }
}

#[test]
fn the_leaves_are_those_of_the_wire_format() {
    let deposit = deposit(0x11, true);
    let hash = "7208fdf47909a4766fd41ed77e832ed9f1d4f2c656b5878d0861ecaefc7dcd98";
    assert_eq!(deposit.commitment_script().to_hex_string(), format!("6a20{hash}"));
    let refund = deposit.refund.unwrap();
    assert_eq!(refund.script().to_hex_string(), format!("0164b27520{}ac", x_only(111)));
}

#[test]
fn every_field_gives_another_address() {
    let base = deposit(1, false);
    let others = [
        Deposit { chain_id: CHAIN + 1, ..base },
        Deposit { recipient: [2; 20], ..base },
        Deposit { action: Action::MintAndStake, ..base },
        deposit(1, true),
        Deposit { refund: Some(Refund::new(x_only(112), 100, 1).unwrap()), ..base },
        Deposit { refund: Some(Refund::new(x_only(111), 101, 1).unwrap()), ..base },
    ];
    let mut scripts: Vec<ScriptBuf> = others.iter().map(|other| other.script_pubkey(x_only(7))).collect();
    scripts.extend([base.script_pubkey(x_only(7)), base.script_pubkey(x_only(8))]);
    let count = scripts.len();
    scripts.sort();
    scripts.dedup();
    assert_eq!(scripts.len(), count);
}

fn transaction(outputs: Vec<TxOut>) -> Transaction {
    let input = TxIn { previous_output: outpoint(1), ..TxIn::default() };
    Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![input], output: outputs }
}

#[test]
fn every_output_that_pays_the_address_is_a_payment() {
    let group = x_only(7);
    let (ours, other) = (deposit(1, false), deposit(2, false));
    let output = |deposit: &Deposit, sats| TxOut {
        value: Amount::from_sat(sats),
        script_pubkey: deposit.script_pubkey(group),
    };
    let transaction = transaction(vec![output(&ours, 1_000), output(&other, 2_000), output(&ours, 3_000)]);
    let payment = |vout, sats| Payment { vout, value: Amount::from_sat(sats) };
    assert_eq!(ours.payments(group, &transaction), [payment(0, 1_000), payment(2, 3_000)]);
    assert_eq!(other.payments(group, &transaction), [payment(1, 2_000)]);
    assert_eq!(ours.payments(x_only(8), &transaction), []);
    assert_eq!(ours.payment(group, &transaction, 2), Ok(payment(2, 3_000)));
}

#[test]
fn an_output_that_pays_something_else_has_its_own_error() {
    let (group, deposit) = (x_only(7), deposit(1, false));
    let wpkh = ScriptBuf::from_hex("00140000000000000000000000000000000000000000").unwrap();
    let found = deposit.script_pubkey(x_only(8));
    let scripts = [wpkh, found.clone()];
    let output = |script_pubkey| TxOut { value: Amount::ONE_BTC, script_pubkey };
    let transaction = transaction(scripts.map(output).into());
    let payment = |vout| deposit.payment(group, &transaction, vout);
    assert_eq!(payment(0), Err(DepositError::NotTaproot { vout: 0 }));
    let expected = deposit.script_pubkey(group);
    assert_eq!(payment(1), Err(DepositError::OtherAddress { vout: 1, expected, found }));
    assert_eq!(payment(2), Err(DepositError::NoOutput { vout: 2, outputs: 2 }));
    assert_eq!(payment(u32::MAX), Err(DepositError::NoOutput { vout: u32::MAX, outputs: 2 }));
}

#[test]
fn unknown_actions_and_short_refunds_are_refused() {
    assert_eq!(Action::try_from(0), Ok(Action::Mint));
    assert_eq!(Action::try_from(1), Ok(Action::MintAndStake));
    assert_eq!(Action::try_from(2), Err(DepositError::Action { found: 2 }));
    let error = Refund::new(x_only(111), 99, 100).unwrap_err();
    assert_eq!(error, DepositError::RefundTooSoon { shortest: 100, found: 99 });
    let error = Refund::new(x_only(111), 0, 0).unwrap_err();
    assert_eq!(error, DepositError::RefundTooSoon { shortest: 1, found: 0 });
    assert_eq!(Refund::new(x_only(111), 101, 100).unwrap().last_sweep(), 50);
}

/// The depositor's own transaction, with an input of the given age.
fn refunded(sequence: Sequence, key: u8) -> bool {
    let (group, deposit) = (x_only(7), deposit(1, true));
    let leaf = deposit.refund.unwrap().script();
    let spent = TxOut { value: Amount::from_sat(50_000), script_pubkey: deposit.script_pubkey(group) };
    let home = TxOut { value: Amount::from_sat(49_000), script_pubkey: deposit.script_pubkey(x_only(9)) };
    let mut transaction = transaction(vec![home]);
    transaction.input[0].sequence = sequence;
    let hash = SighashCache::new(&transaction)
        .taproot_script_spend_signature_hash(
            0,
            &Prevouts::All(&[&spent]),
            TapLeafHash::from_script(&leaf, LeafVersion::TapScript),
            TapSighashType::Default,
        )
        .unwrap();
    let signature = ballast_schnorr::bip340::sign(&signing_key(key), hash.as_byte_array(), &[0; 32]);
    let control = deposit.spend_info(group).control_block(&(leaf.clone(), LeafVersion::TapScript)).unwrap();
    transaction.input[0].witness =
        Witness::from_slice(&[&signature.serialize()[..], leaf.as_bytes(), &control.serialize()]);
    accepts(&transaction, &[spent])
}

#[test]
fn the_depositor_takes_it_back_after_the_refund_time_and_not_before() {
    assert!(refunded(deposit(1, true).refund.unwrap().sequence(), 111));
    assert!(refunded(Sequence::from_height(101), 111));
    assert!(!refunded(Sequence::from_height(99), 111), "too early");
    assert!(!refunded(Sequence::ENABLE_RBF_NO_LOCKTIME, 111), "no relative lock");
    assert!(!refunded(Sequence::from_512_second_intervals(100), 111), "time instead of height");
    assert!(!refunded(Sequence::from_height(100), 112), "another key");
}
