//! Where a report comes from: the time, the version, the command line, and the commit of the files.
//!
//! The commit is that of the CI service, or else that of the Git repository of the files. Never runs `git`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::render::RunOrigin;

/// The variables with the commit: of GitHub Actions, GitLab CI and Azure Pipelines.
const COMMITS: [&str; 3] = ["GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION"];

/// The origin of a report on these files, now.
pub(super) fn of(paths: &[PathBuf]) -> RunOrigin {
    let words = env::args_os().skip(1);
    let words = words.map(|word| word.to_string_lossy().into_owned());
    let of_service = COMMITS.iter().find_map(|name| env::var(name).ok());
    let of_files = || commit(&fs::canonicalize(paths.first()?).ok()?);
    RunOrigin {
        time: Timestamp::now(),
        version: concat!("entraflow ", env!("CARGO_PKG_VERSION")),
        commit: of_service
            .filter(|commit| is_commit(commit))
            .or_else(of_files),
        command_line: command_line(words),
    }
}

/// The command line, without the options that say only in which form it reports and where.
fn command_line(mut words: impl Iterator<Item = String>) -> String {
    let mut line = "entraflow".to_owned();
    while let Some(word) = words.next() {
        match word.split('=').next() {
            Some("--report" | "--format") if word.contains('=') => {}
            Some("--report" | "--format") => {
                words.next();
            }
            _ => line += &format!(" {}", quoted(&word)),
        }
    }
    line
}

/// A word of a command line, as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+{}".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// The commit that is checked out in the Git repository of a path.
fn commit(path: &Path) -> Option<String> {
    let mut git = path.ancestors().map(|directory| directory.join(".git"));
    let git = git.find(|git| git.exists())?;
    // In another work tree, and in a submodule, `.git` is a file that names the directory.
    let git = match fs::read_to_string(&git) {
        Ok(text) => git.parent()?.join(text.strip_prefix("gitdir:")?.trim()),
        Err(_) => git,
    };
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(name) = head.trim().strip_prefix("ref: ") else {
        return Some(head.trim().to_owned()).filter(|commit| is_commit(commit));
    };
    // The branches of a further work tree are in the directory of the first.
    let shared = match fs::read_to_string(git.join("commondir")) {
        Ok(path) => git.join(path.trim()),
        Err(_) => git,
    };
    let loose = fs::read_to_string(shared.join(name));
    let loose = loose.ok().map(|commit| commit.trim().to_owned());
    let packed = || {
        let packed = fs::read_to_string(shared.join("packed-refs")).ok()?;
        let mut lines = packed.lines().filter_map(|line| line.split_once(' '));
        let (commit, _) = lines.find(|(_, branch)| *branch == name)?;
        Some(commit.to_owned())
    };
    loose.or_else(packed).filter(|commit| is_commit(commit))
}

fn is_commit(text: &str) -> bool {
    [40, 64].contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "c242c547a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5";

    fn write(path: PathBuf, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn commit_is_that_of_the_repository_around_the_files() {
        let root = tempfile::tempdir().unwrap();
        let files = root.path().join("tenants/prod");
        fs::create_dir_all(&files).unwrap();
        assert_eq!(commit(&files), None);
        let git = root.path().join(".git");
        write(git.join("HEAD"), "ref: refs/heads/main\n");
        assert_eq!(commit(&files), None, "a branch without a commit");
        write(
            git.join("packed-refs"),
            &format!("# pack-refs\n{COMMIT} refs/heads/main\n"),
        );
        assert_eq!(commit(&files).as_deref(), Some(COMMIT));
        let newer = COMMIT.replace('c', "a");
        write(git.join("refs/heads/main"), &format!("{newer}\n"));
        assert_eq!(commit(&files), Some(newer));
        write(git.join("HEAD"), &format!("{COMMIT}\n"));
        assert_eq!(commit(&files).as_deref(), Some(COMMIT), "a detached head");
        write(git.join("HEAD"), "garbage\n");
        assert_eq!(commit(&files), None);
    }

    #[test]
    fn commit_of_a_further_work_tree_is_its_own() {
        let root = tempfile::tempdir().unwrap();
        let git = root.path().join("first/.git");
        write(git.join("refs/heads/change"), COMMIT);
        write(
            git.join("worktrees/second/HEAD"),
            "ref: refs/heads/change\n",
        );
        write(git.join("worktrees/second/commondir"), "../..\n");
        let second = root.path().join("second");
        write(
            second.join(".git"),
            "gitdir: ../first/.git/worktrees/second\n",
        );
        assert_eq!(commit(&second).as_deref(), Some(COMMIT));
    }

    #[test]
    fn command_line_can_be_copied_and_has_no_report_options() {
        let line = |words: &[&str]| command_line(words.iter().map(|word| (*word).to_owned()));
        assert_eq!(
            line(&[
                "plan",
                "my files",
                "--report",
                "html=a.html",
                "--tenant=it's",
                ""
            ]),
            r"entraflow plan 'my files' '--tenant=it'\''s' ''"
        );
        assert_eq!(
            line(&[
                "drift",
                "--report=html=a.html",
                "--format=json",
                "--jobs",
                "2"
            ]),
            "entraflow drift --jobs 2"
        );
    }
}
