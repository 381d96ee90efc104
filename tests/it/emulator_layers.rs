//! The folders of the emulator: which may use which. Read from the source, like `layers`.

use std::fs;
use std::path::{Path, PathBuf};

/// A folder and the folders that it may use besides itself.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("metadata", &[]),
    ("protocol", &["metadata", "state"]),
    ("resources", &["metadata", "protocol", "state"]),
    ("routes", &["metadata", "protocol", "resources", "state"]),
    ("server", &["protocol", "routes", "state"]),
    ("state", &[]),
];

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files_below(&path),
            false => vec![path],
        })
        .collect()
}

#[test]
fn emulator_folders_use_only_lower_ones() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/emulator");
    let mut strays = Vec::new();
    for (folder, allowed) in MAY_USE {
        for file in files_below(&root.join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            for rest in text.split("crate::emulator::").skip(1) {
                let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
                let used: String = rest.chars().take_while(|it| is_letter(*it)).collect();
                if used != folder && !allowed.contains(&used.as_str()) {
                    strays.push(format!("{} uses {used}", file.display()));
                }
            }
            // A path through the parent would be an arrow that the check above does not see.
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            if code.contains("super::") {
                strays.push(format!("{} uses super", file.display()));
            }
        }
    }
    assert_eq!(strays, Vec::<String>::new());
}
