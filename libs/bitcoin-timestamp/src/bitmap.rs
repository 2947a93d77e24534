//! Which validators signed: 104 bits, lowest bit of the first byte first (`docs/spec/bitcoin-formats.md` §d).
//!
//! The places are those of the epoch's validators in ascending order of their operator addresses' bytes.

use thiserror::Error;

#[cfg(test)]
mod tests;

/// A set of places from 0 to 103.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bitmap([u8; Bitmap::BYTES]);

impl Bitmap {
    /// Bytes of a bitmap.
    pub const BYTES: usize = 13;
    /// Places in a bitmap.
    pub const PLACES: usize = Self::BYTES * 8;

    /// The set of the given places.
    ///
    /// # Errors
    /// When a place is beyond the last or given twice.
    pub fn from_indices(indices: impl IntoIterator<Item = usize>) -> Result<Self, BitmapError> {
        let mut set = Self::default();
        for index in indices {
            if index >= Self::PLACES {
                return Err(BitmapError::Beyond { index });
            }
            if set.contains(index) {
                return Err(BitmapError::Twice { index });
            }
            set.0[index / 8] |= 1 << (index % 8);
        }
        Ok(set)
    }

    /// The set that the bytes encode; every 13 bytes encode one.
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        self.0
    }

    /// Whether a place is in the set.
    pub fn contains(&self, index: usize) -> bool {
        self.0.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1)
    }

    /// The places in the set, ascending.
    pub fn indices(&self) -> impl Iterator<Item = usize> {
        (0..Self::PLACES).filter(|index| self.contains(*index))
    }
}

/// Why places make no bitmap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BitmapError {
    /// No such place.
    #[error("place {index} is beyond the {} of a bitmap", Bitmap::PLACES)]
    Beyond {
        /// The place.
        index: usize,
    },
    /// One place twice.
    #[error("place {index} is given twice: a validator signs once")]
    Twice {
        /// The place.
        index: usize,
    },
}
