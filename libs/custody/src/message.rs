//! The fixed-width bytes of ceremony and session messages.
//!
//! Every field has a width that the reader knows beforehand from the roster or from the session: no lengths, no
//! tags, hence one encoding for one message. Points are 33 bytes compressed, scalars 32 bytes big-endian below
//! the curve order, member numbers two bytes big-endian.

use thiserror::Error;

/// Bytes of a compressed point.
pub(crate) const POINT: usize = 33;
/// Bytes of a scalar.
pub(crate) const SCALAR: usize = 32;

/// Why bytes are not the message they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MessageError {
    /// Cut off, or with something behind it.
    #[error(
        "a message of {expected} bytes is due here, found {found}: check that it was made for this round"
    )]
    Length {
        /// Bytes of a whole message.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// Not on the curve.
    #[error("no curve point at byte {at} of the message")]
    Point {
        /// Where the field starts.
        at: usize,
    },
    /// Not below the curve order.
    #[error("no number below the curve order at byte {at} of the message")]
    Scalar {
        /// Where the field starts.
        at: usize,
    },
    /// Custodians count from 1.
    #[error("no custodian's number at byte {at} of the message")]
    Member {
        /// Where the field starts.
        at: usize,
    },
}

/// Checks the whole length first, so that the fields below need no checks of their own.
pub(crate) fn of_length(bytes: &[u8], expected: usize) -> Result<&[u8], MessageError> {
    if bytes.len() == expected {
        Ok(bytes)
    } else {
        Err(MessageError::Length { expected, found: bytes.len() })
    }
}

/// The field of a width at a place, parsed; `error` gets the place.
pub(crate) fn field<T, E>(
    bytes: &[u8],
    at: usize,
    width: usize,
    parse: impl Fn(&[u8]) -> Result<T, E>,
    error: impl Fn(usize) -> MessageError,
) -> Result<T, MessageError> {
    bytes.get(at..at + width).and_then(|field| parse(field).ok()).ok_or_else(|| error(at))
}

/// A point at a place in the message. Parsers of curve points take a third form as well (tag 5, x alone), which
/// would give one point two encodings, so the tag is checked here.
pub(crate) fn point<T, E>(
    bytes: &[u8],
    at: usize,
    parse: impl Fn(&[u8]) -> Result<T, E>,
) -> Result<T, MessageError> {
    let error = |at| MessageError::Point { at };
    match bytes.get(at) {
        Some(2 | 3) => field(bytes, at, POINT, parse, error),
        _ => Err(error(at)),
    }
}

/// A scalar at a place in the message.
pub(crate) fn scalar<T, E>(
    bytes: &[u8],
    at: usize,
    parse: impl Fn(&[u8]) -> Result<T, E>,
) -> Result<T, MessageError> {
    field(bytes, at, SCALAR, parse, |at| MessageError::Scalar { at })
}
