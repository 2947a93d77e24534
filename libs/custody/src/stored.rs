//! Secrets as a store gets them: fixed-width fields, then a checksum over them.
//!
//! Encryption is the store's business. The checksum is there because most damaged bytes would still read as
//! secrets: of another group, or of a polynomial that makes its owner look like a cheat.

use ballast_schnorr::bip340::tagged_hash;
use zeroize::Zeroizing;

/// Bytes of the checksum.
const CHECKSUM: usize = 32;

/// The fields with their checksum; `tag` says what they are.
pub(crate) fn seal(tag: &str, fields: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length: usize = fields.iter().map(|field| field.len()).sum();
    // Reserved at once: growing would leave copies of secrets behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + CHECKSUM));
    fields.iter().for_each(|field| bytes.extend_from_slice(field));
    let checksum = tagged_hash(tag, fields);
    bytes.extend_from_slice(&checksum);
    bytes
}

/// What was sealed; `None` if it was cut off, altered or something else.
pub(crate) fn open<'a>(tag: &str, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let (body, checksum) = bytes.split_last_chunk::<CHECKSUM>()?;
    (*checksum == tagged_hash(tag, &[body])).then_some(body)
}
