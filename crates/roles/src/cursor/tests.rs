use super::*;

#[test]
fn a_number_survives_and_anything_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cursor");
    let cursor = FileCursor::new(&path);
    assert_eq!(cursor.load().unwrap(), None);
    cursor.save(7).unwrap();
    cursor.save(12).unwrap();
    assert_eq!(FileCursor::new(&path).load().unwrap(), Some(12));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    fs::write(&path, "seven").unwrap();
    assert!(matches!(cursor.load(), Err(CursorError::NoNumber { .. })));
    FileCursor::new(folder.path().join("new/cursor")).save(1).unwrap();
    // a file is no folder
    let nowhere = FileCursor::new(path.join("cursor"));
    assert!(matches!(nowhere.save(1), Err(CursorError::File { .. })));
}
