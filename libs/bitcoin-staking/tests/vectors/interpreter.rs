//! Bitcoin Core's script interpreter.

use bitcoin::consensus::serialize;
use bitcoin::{Transaction, TxOut};
use bitcoinconsensus::{Utxo, VERIFY_ALL_PRE_TAPROOT, VERIFY_TAPROOT, verify_with_flags};

/// Whether Bitcoin accepts the only input of `tx`, which spends `spent`.
pub(crate) fn accepts(tx: &Transaction, spent: &TxOut) -> bool {
    let script = spent.script_pubkey.as_bytes();
    let sats = spent.value.to_sat();
    let utxo =
        Utxo { script_pubkey: script.as_ptr(), script_pubkey_len: script.len() as u32, value: sats as i64 };
    let flags = VERIFY_ALL_PRE_TAPROOT | VERIFY_TAPROOT;
    verify_with_flags(script, sats, &serialize(tx), Some(&[utxo]), 0, flags).is_ok()
}
