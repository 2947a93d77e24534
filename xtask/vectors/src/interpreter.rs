//! Bitcoin Core's script interpreter: what it says is what the network does.

use bitcoin::consensus::encode::serialize;
use bitcoin::{Transaction, TxOut};
use bitcoinconsensus::{Utxo, VERIFY_ALL_PRE_TAPROOT, VERIFY_TAPROOT, verify_with_flags};

use crate::reader::Node;

/// Notes in `field` that the network would refuse the spend of `spent` by the only input of `tx`.
pub(crate) fn accepts(field: &Node<'_>, tx: &Transaction, spent: &TxOut) {
    if !spends(tx, spent) {
        field.fail("a witness that Bitcoin Core accepts", "it is refused");
    }
}

/// Notes in `field` that the network would take the spend of `spent` by the only input of `tx`.
pub(crate) fn refuses(field: &Node<'_>, tx: &Transaction, spent: &TxOut) {
    if spends(tx, spent) {
        field.fail("a witness that Bitcoin Core refuses", "it is accepted");
    }
}

fn spends(tx: &Transaction, spent: &TxOut) -> bool {
    let script = spent.script_pubkey.as_bytes();
    let (Ok(value), Ok(length)) = (i64::try_from(spent.value.to_sat()), u32::try_from(script.len())) else {
        return false;
    };
    let outputs = [Utxo { script_pubkey: script.as_ptr(), script_pubkey_len: length, value }];
    let flags = VERIFY_ALL_PRE_TAPROOT | VERIFY_TAPROOT;
    verify_with_flags(script, spent.value.to_sat(), &serialize(tx), Some(&outputs), 0, flags).is_ok()
}
