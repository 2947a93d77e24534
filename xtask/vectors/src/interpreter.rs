//! Bitcoin Core's script interpreter: what it says is what the network does.

use bitcoin::consensus::encode::serialize;
use bitcoin::{Transaction, TxOut};
use bitcoinconsensus::{Utxo, VERIFY_ALL_PRE_TAPROOT, VERIFY_TAPROOT, verify_with_flags};

use crate::reader::Node;

/// Notes in `field` that the network would refuse the spend of `spent` by the only input of `tx`.
pub(crate) fn accepts(field: &Node<'_>, tx: &Transaction, spent: &TxOut) {
    accepts_first(field, tx, &[spent]);
}

/// The same for the first input of a transaction that spends all of `spent`.
pub(crate) fn accepts_first(field: &Node<'_>, tx: &Transaction, spent: &[&TxOut]) {
    if !spends(tx, spent) {
        field.fail("a witness that Bitcoin Core accepts", "it is refused");
    }
}

/// Notes in `field` that the network would take the spend of `spent` by the only input of `tx`.
pub(crate) fn refuses(field: &Node<'_>, tx: &Transaction, spent: &TxOut) {
    if spends(tx, &[spent]) {
        field.fail("a witness that Bitcoin Core refuses", "it is accepted");
    }
}

fn spends(tx: &Transaction, spent: &[&TxOut]) -> bool {
    let outputs: Option<Vec<Utxo>> = spent.iter().map(|output| utxo(output)).collect();
    let (Some(outputs), [first, ..]) = (outputs, spent) else { return false };
    let flags = VERIFY_ALL_PRE_TAPROOT | VERIFY_TAPROOT;
    let (script, value) = (first.script_pubkey.as_bytes(), first.value.to_sat());
    verify_with_flags(script, value, &serialize(tx), Some(&outputs), 0, flags).is_ok()
}

fn utxo(output: &TxOut) -> Option<Utxo> {
    let script = output.script_pubkey.as_bytes();
    let value = i64::try_from(output.value.to_sat()).ok()?;
    let length = u32::try_from(script.len()).ok()?;
    Some(Utxo { script_pubkey: script.as_ptr(), script_pubkey_len: length, value })
}
