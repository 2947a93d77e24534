//! Judges one file: finds its kind, then judges vector after vector.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::reader::{Leaf, Log, Node, leaves};
use crate::report::{Failure, Foreign, Mismatch, Report};
use crate::test_keys::KeyRing;
use crate::{Context, KINDS, Kind, json};

/// The judgement of a file; what is wrong with the file as a whole stands in the report, too.
pub(crate) fn judge(path: &Path) -> Report {
    let mut report = Report { file: path.display().to_string(), ..Report::default() };
    if let Err(error) = judge_into(&mut report, path) {
        report.error = Some(error);
    }
    report
}

fn judge_into(report: &mut Report, path: &Path) -> Result<(), String> {
    let kind = kind_of(path)?;
    let text = fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    let file = json::parse(&text)?;
    let rows = rows(&file)?;
    let keys = if kind.keyed.is_some() { KeyRing::beside(path)? } else { None };
    report.foreign = foreign(kind, keys.is_some());
    let source = file.get("source").and_then(Value::as_str);
    judge_rows(report, kind, |index| Context { keys: keys.as_ref(), source, rows, index });
    Ok(())
}

fn kind_of(path: &Path) -> Result<&'static Kind, String> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    KINDS.iter().find(|kind| kind.name == stem).ok_or_else(|| {
        let known: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        format!("unknown kind '{stem}': the file's name must be one of {}", known.join(", "))
    })
}

/// The list `vectors` of a file that has nothing else but prose.
fn rows(file: &Value) -> Result<&[Value], String> {
    let fields = file.as_object().ok_or("wrong shape: the file holds no object")?;
    let rows = fields.get("vectors").and_then(Value::as_array).ok_or("wrong shape: no list 'vectors'")?;
    if rows.is_empty() {
        return Err("empty: the list 'vectors' has no vector".to_owned());
    }
    let is_unread = |leaf: &Leaf| !leaf.is_prose && !leaf.pointer.starts_with("/vectors/");
    match leaves(file).into_iter().find(is_unread) {
        Some(leaf) => Err(format!("{}: no check reads this field", leaf.pointer)),
        None => Ok(rows),
    }
}

/// The fields of a kind that nothing here can check.
pub(crate) fn foreign(kind: &Kind, has_keys: bool) -> Vec<Foreign> {
    let keyed = kind.keyed.filter(|_| !has_keys).unwrap_or_default();
    [kind.foreign, keyed].concat()
}

fn judge_rows<'a>(report: &mut Report, kind: &Kind, context: impl Fn(usize) -> Context<'a>) {
    for (index, row) in context(0).rows.iter().enumerate() {
        let mismatches = judge_vector(kind, row, &context(index));
        if mismatches.is_empty() {
            report.passed += 1;
        } else {
            report.failed += 1;
            report.failures.push(Failure { index, mismatches });
        }
    }
}

/// What is wrong with one vector.
pub(crate) fn judge_vector(kind: &Kind, row: &Value, context: &Context<'_>) -> Vec<Mismatch> {
    let log = Log::default();
    let foreign = foreign(kind, context.keys.is_some());
    // A halted check has said why; what it did not come to would only be noise.
    if (kind.check)(&Node::root(row, &log), context).is_ok() {
        log.note_unread(row, |pointer| foreign.iter().any(|field| field.covers(pointer)));
    }
    log.into_mismatches()
}
