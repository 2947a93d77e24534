//! What is said about a file: one line for every failure, one for the count, or the same as JSON.

use std::fmt;

use serde::Serialize;

/// A field that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Mismatch {
    /// Where in the vector, as a JSON pointer.
    pub(crate) field: String,
    /// What the vector states, or what kind of value belongs there.
    pub(crate) expected: String,
    /// What the library made of the vector's inputs, or what stands there.
    pub(crate) found: String,
}

/// A vector that failed, with everything found wrong in it.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    /// Its position in the file, from 0.
    pub(crate) index: usize,
    /// At least one.
    pub(crate) mismatches: Vec<Mismatch>,
}

/// A field that says nothing about Bitcoin, so nothing here can check it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Foreign {
    /// Its JSON pointer; `*` stands for any one key.
    pub(crate) field: &'static str,
    /// What it belongs to.
    pub(crate) reason: &'static str,
}

impl Foreign {
    /// Whether the pointer is this field's.
    pub(crate) fn covers(&self, pointer: &str) -> bool {
        let (mut pattern, mut keys) = (self.field.split('/'), pointer.split('/'));
        loop {
            match (pattern.next(), keys.next()) {
                (None, None) => return true,
                (Some(wanted), Some(key)) if wanted == "*" || wanted == key => {}
                _ => return false,
            }
        }
    }
}

/// The judgement of one file.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// The file as it was named.
    pub(crate) file: String,
    /// Vectors without a mismatch.
    pub(crate) passed: usize,
    /// Vectors with at least one.
    pub(crate) failed: usize,
    /// The failures, in file order.
    pub(crate) failures: Vec<Failure>,
    /// Fields that were not checked because they are not ours.
    pub(crate) foreign: Vec<Foreign>,
    /// Why the file as a whole is refused.
    pub(crate) error: Option<String>,
}

impl Report {
    /// Whether something was checked and all of it passed.
    pub(crate) fn is_clean(&self) -> bool {
        self.error.is_none() && self.failed == 0 && self.passed > 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.file;
        for Foreign { field, reason } in &self.foreign {
            writeln!(f, "{file}: foreign field not checked: {field} ({reason})")?;
        }
        for Failure { index, mismatches } in &self.failures {
            for Mismatch { field, expected, found } in mismatches {
                writeln!(f, "{file}: vector {index}: {field}: expected {expected}, found {found}")?;
            }
        }
        if let Some(error) = &self.error {
            writeln!(f, "{file}: {error}")?;
        }
        write!(f, "{file}: {} passed, {} failed", self.passed, self.failed)
    }
}
