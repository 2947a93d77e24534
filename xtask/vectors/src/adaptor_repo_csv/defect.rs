//! What is wrong with a refused row, and the proof that nothing else is.
//!
//! A defect is mended by undoing it, or by taking the broken part from another row of the file; then the
//! row must hold. Two defects cannot be mended, because they are points at infinity: there the equation
//! that leads to infinity is checked instead.

use ballast_schnorr::bip340;
use secp256k1::constants::{CURVE_ORDER, FIELD_SIZE};
use secp256k1::schnorr::Signature;
use secp256k1::{Parity, PublicKey, SECP256K1, Scalar, SecretKey, XOnlyPublicKey};
use serde_json::Value;

use super::{Adapt, Extract, Row, Verify, open};
use crate::reader::Node;

/// A reason that upstream's comments give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    KeyOffCurve,
    KeyIsFieldSize,
    NonceOffCurve,
    NonceIsFieldSize,
    Prefix,
    NonceNegated,
    ScalarIsOrder,
    ScalarNegated,
    MessageNegated,
    NonceInfinite,
    LockInfinite,
}

impl Defect {
    /// The defect that a comment names.
    pub(super) fn named(comment: &str) -> Option<Self> {
        Some(match comment {
            "public key not on the curve" => Self::KeyOffCurve,
            "x-coordinate of public key equal to field size" => Self::KeyIsFieldSize,
            "presig[1:33] is not on the curve" => Self::NonceOffCurve,
            "presig[1:33] equal to field size" => Self::NonceIsFieldSize,
            "The first byte of presig (parity byte) is invalid" => Self::Prefix,
            "The LSB of the first byte of presig (parity byte) is flipped" => Self::NonceNegated,
            "presig[33:65] is equal to the curve order" => Self::ScalarIsOrder,
            "negated presig[33:65] value" => Self::ScalarNegated,
            "negated message" | "adapt a pre-signature generated on negated message" => Self::MessageNegated,
            "s'G - eP is infinite" => Self::NonceInfinite,
            "R' - (s'G - eP) is infinite" => Self::LockInfinite,
            other if other.ends_with("with negated s' value") => Self::ScalarNegated,
            other if other.ends_with("with negated R' value") => Self::NonceNegated,
            _ => return None,
        })
    }

    /// Notes it if this defect is not the only thing wrong with `row`. `rows` are those of the file.
    pub(super) fn check(self, vector: &Node<'_>, row: &Row, rows: &[Value]) {
        let is_only = match row {
            Row::Verify(row) => self.is_only_in_verify(row, rows),
            Row::Adapt(row) => self.is_only_in_adapt(row).unwrap_or(false),
            Row::Extract(row) => self.is_only_in_extract(row).unwrap_or(false),
        };
        if !is_only {
            vector.fail(format_args!("only {self:?} wrong, as the comment says"), "that does not explain it");
        }
    }

    fn is_only_in_verify(self, row: &Verify, rows: &[Value]) -> bool {
        let Verify { key, presignature, .. } = row;
        let (x, s) = (&presignature[1..33], &presignature[33..]);
        let is_off_curve = |x: &[u8]| XOnlyPublicKey::from_slice(x).is_err();
        let other_key =
            || donors(rows, ["public key", "pubkey"]).any(|key| Verify { key, ..row.clone() }.holds());
        let other_part = |from: usize, to: usize| {
            donors(rows, ["pre-signature"; 2]).any(|donor: [u8; 65]| {
                let mut mended = row.clone();
                mended.presignature[from..to].copy_from_slice(&donor[from..to]);
                mended.holds()
            })
        };
        match self {
            Self::KeyOffCurve => is_off_curve(key) && other_key(),
            Self::KeyIsFieldSize => *key == FIELD_SIZE && other_key(),
            Self::NonceOffCurve => is_off_curve(x) && other_part(1, 33),
            Self::NonceIsFieldSize => x == FIELD_SIZE && other_part(1, 33),
            Self::Prefix => !matches!(presignature[0], 2 | 3) && other_part(0, 1),
            Self::ScalarIsOrder => s == CURVE_ORDER && other_part(33, 65),
            Self::NonceInfinite => row.lock == presignature[..33] && cancels(row).unwrap_or(false),
            Self::LockInfinite => row.lock == [0; 33] && locks_nothing(row).unwrap_or(false),
            Self::MessageNegated => {
                negated(&row.message).is_some_and(|message| Verify { message, ..row.clone() }.holds())
            }
            Self::NonceNegated | Self::ScalarNegated => self
                .mend(presignature)
                .is_some_and(|presignature| Verify { presignature, ..row.clone() }.holds()),
        }
    }

    fn is_only_in_adapt(self, row: &Adapt) -> Option<bool> {
        if self == Self::MessageNegated {
            return Some(Adapt { message: negated(&row.message)?, ..row.clone() }.holds());
        }
        let presignature = self.mend(&row.presignature)?;
        let signature = open(&presignature, &row.opener)?;
        Some(Adapt { presignature, signature, ..row.clone() }.holds())
    }

    fn is_only_in_extract(self, row: &Extract) -> Option<bool> {
        Some(open(&self.mend(&row.presignature)?, &row.opener)? == row.signature)
    }

    /// The adaptor signature before its nonce or its scalar was negated.
    fn mend(self, presignature: &[u8; 65]) -> Option<[u8; 65]> {
        let mut mended = *presignature;
        match self {
            Self::NonceNegated => mended[0] ^= 1,
            Self::ScalarNegated => mended[33..].copy_from_slice(&negated(&presignature[33..])?),
            _ => return None,
        }
        Some(mended)
    }
}

/// What the rows of the file state under one of two names, where it has the right length.
fn donors<const N: usize>(rows: &[Value], names: [&str; 2]) -> impl Iterator<Item = [u8; N]> {
    rows.iter().filter_map(move |row| {
        let text = names.iter().find_map(|name| row.get(name)?.as_str())?;
        hex::decode(text).ok()?.try_into().ok()
    })
}

/// The negation modulo the curve order of a number below it.
fn negated(number: &[u8]) -> Option<[u8; 32]> {
    Some(SecretKey::from_slice(number).ok()?.negate().secret_bytes())
}

/// Whether `s*G == e*P`, so that the nonce which verification computes is infinite.
fn cancels(row: &Verify) -> Option<bool> {
    let key = XOnlyPublicKey::from_slice(&row.key).ok()?;
    let r = row.presignature[1..33].try_into().ok()?;
    let e = Scalar::from_be_bytes(bip340::challenge(r, &key, &row.message)).ok()?;
    let right = key.public_key(Parity::Even).mul_tweak(SECP256K1, &e).ok()?;
    let left = SecretKey::from_slice(&row.presignature[33..]).ok()?;
    Some(PublicKey::from_secret_key(SECP256K1, &left) == right)
}

/// Whether the row is a plain signature already, so that the point it is locked to is infinite.
fn locks_nothing(row: &Verify) -> Option<bool> {
    if row.presignature[..33] == [0; 33] {
        return cancels(row);
    }
    let key = XOnlyPublicKey::from_slice(&row.key).ok()?;
    let signature = Signature::from_slice(&row.presignature[1..]).ok()?;
    Some(bip340::verify(&key, &row.message, &signature).is_ok() && matches!(row.presignature[0], 2 | 3))
}
