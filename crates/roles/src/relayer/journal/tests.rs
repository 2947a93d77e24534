use std::fs;

use bitcoin::{ScriptBuf, Txid, hashes::Hash};

use super::*;
use crate::relayer::scan::{JournalBlock, Watch};

#[test]
fn a_journal_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = JournalFile::new(folder.path().join("relayer.json"));
    assert_eq!(file.load().unwrap(), Journal::default());
    let txid = Txid::all_zeros();
    let hash = bitcoin::BlockHash::all_zeros();
    let journal = Journal {
        block: 7,
        rungs: vec![Rung { intent: 1, txid, change: 2, value: 3 }],
        scan: ScanJournal {
            blocks: vec![JournalBlock { height: 5, hash, searched: true }],
            watches: [Watch::Script(ScriptBuf::new()), Watch::Transaction(txid)].into(),
        },
    };
    file.save(&Journal::default()).unwrap();
    file.save(&journal).unwrap();
    assert_eq!(file.load().unwrap(), journal);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
}

#[test]
fn a_damaged_journal_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("relayer.json");
    fs::write(&path, "{\"block\":").unwrap();
    let error = JournalFile::new(path).load().unwrap_err().to_string();
    assert!(error.contains("remove it: only time is lost"), "{error}");
}

#[test]
fn a_disk_that_takes_nothing_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = JournalFile::new(folder.path().join("missing").join("relayer.json"));
    let error = file.save(&Journal::default()).unwrap_err().to_string();
    assert!(error.starts_with("cannot write"), "{error}");
}
