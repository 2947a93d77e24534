//! The three leaf scripts, byte for byte (`docs/spec/bitcoin-formats.md` §a.2).
//!
//! A group of one key is a plain `CHECKSIG`; a larger one lists its keys ascending with
//! `CHECKSIGADD` (BIP-342) and compares the count for equality, so that more signatures than the
//! threshold fail just as fewer do. The timelock leaf has no `DROP`: the number stays as the true
//! value that the script must end with. So does the hash before OP_CHECKTEMPLATEVERIFY (BIP-119), which
//! is OP_NOP4 redefined.

use bitcoin::opcodes::all::{
    OP_CHECKSIG, OP_CHECKSIGADD, OP_CHECKSIGVERIFY, OP_CSV, OP_NOP4, OP_NUMEQUAL, OP_NUMEQUALVERIFY,
};
use bitcoin::script::Builder;
use bitcoin::{ScriptBuf, XOnlyPublicKey};

use crate::covenant::Committee;
use crate::template_hash::TemplateHash;
use crate::terms::Timelock;

#[cfg(test)]
mod tests;

/// How a leaf asks for the covenant's consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent<'a> {
    /// A quorum of these keys signs.
    Committee(&'a Committee),
    /// The spending transaction has this hash.
    Template(TemplateHash),
}

/// The staker alone, once the output is `time` old.
pub fn timelock(staker: XOnlyPublicKey, time: Timelock) -> ScriptBuf {
    single(Builder::new(), staker, End::Verify)
        .push_int(i64::from(time.blocks()))
        .push_opcode(OP_CSV)
        .into_script()
}

/// The staker and the covenant, at any time.
pub fn unbonding(staker: XOnlyPublicKey, consent: Consent<'_>) -> ScriptBuf {
    let script = single(Builder::new(), staker, End::Verify);
    agreed(script, consent).into_script()
}

/// The staker, one of `providers` and the covenant. Providers must be ascending, as in
/// [`crate::Terms::providers`].
pub fn slashing(staker: XOnlyPublicKey, providers: &[XOnlyPublicKey], consent: Consent<'_>) -> ScriptBuf {
    let script = single(Builder::new(), staker, End::Verify);
    let script = multi(script, providers, 1, End::Verify);
    agreed(script, consent).into_script()
}

/// Whether a check is the script's result or only a condition to go on.
#[derive(Clone, Copy)]
enum End {
    Result,
    Verify,
}

fn agreed(script: Builder, consent: Consent<'_>) -> Builder {
    match consent {
        Consent::Committee(committee) => multi(script, committee.keys(), committee.quorum(), End::Result),
        Consent::Template(hash) => script.push_slice(hash.as_bytes()).push_opcode(OP_NOP4),
    }
}

fn single(script: Builder, key: XOnlyPublicKey, end: End) -> Builder {
    script.push_x_only_key(&key).push_opcode(match end {
        End::Result => OP_CHECKSIG,
        End::Verify => OP_CHECKSIGVERIFY,
    })
}

fn multi(script: Builder, keys: &[XOnlyPublicKey], threshold: usize, end: End) -> Builder {
    let [first, rest @ ..] = keys else { return script };
    if rest.is_empty() {
        return single(script, *first, end);
    }
    let script = single(script, *first, End::Result);
    rest.iter()
        .fold(script, |script, key| script.push_x_only_key(key).push_opcode(OP_CHECKSIGADD))
        .push_int(threshold as i64)
        .push_opcode(match end {
            End::Result => OP_NUMEQUAL,
            End::Verify => OP_NUMEQUALVERIFY,
        })
}
