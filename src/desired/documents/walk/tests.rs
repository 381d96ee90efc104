//! Every rule of the walk, one line each: the entries of a directory, and the verdict on each.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use tempfile::TempDir;

use super::Verdict::{
    Ignored, OtherFile, Read, SecondName, State, UnreadDirectory, Unreadable, Walked,
};
use super::{Verdict, walk};

/// An entry to create below the directory, in which the root is `t`.
enum Make {
    File(&'static str),
    Text(&'static str, &'static str),
    Directory(&'static str),
    Link(&'static str, &'static str),
    Socket(&'static str),
}

use Make::{Directory, File, Link, Socket, Text};

fn make(directory: &Path, entry: &Make) {
    let path = |name: &str| {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    match entry {
        File(name) => fs::write(path(name), "").unwrap(),
        Text(name, text) => fs::write(path(name), text).unwrap(),
        Directory(name) => fs::create_dir_all(path(name)).unwrap(),
        Link(name, target) => symlink(target, path(name)).unwrap(),
        Socket(name) => drop(UnixListener::bind(path(name)).unwrap()),
    }
}

/// The verdicts on the entries below `t`, with its name omitted.
fn verdicts(entries: &[Make]) -> Vec<(String, Verdict)> {
    let directory = TempDir::new().unwrap();
    let here = directory.path().canonicalize().unwrap();
    entries.iter().for_each(|entry| make(&here, entry));
    let root = here.join("t");
    let mut problems = Vec::new();
    let entries = walk(&root, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    let below = entries.into_iter().filter(|entry| entry.path != root);
    let short = |entry: super::Entry| {
        let path = entry.path.strip_prefix(&root).unwrap();
        let verdict = match entry.verdict {
            Verdict::Outside(target) => {
                Verdict::Outside(target.strip_prefix(&here).unwrap().to_owned())
            }
            verdict => verdict,
        };
        (path.display().to_string(), verdict)
    };
    below.map(short).collect()
}

fn outside(target: &str) -> Verdict {
    Verdict::Outside(target.into())
}

fn unreadable(why: &str) -> Verdict {
    Unreadable(why.to_owned())
}

/// Checks a rule: these entries get these verdicts, in the order of their names.
fn check(entries: &[Make], expected: Vec<(&str, Verdict)>) {
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(path, verdict)| (path.to_owned(), verdict))
        .collect();
    assert_eq!(verdicts(entries), expected);
}

#[test]
fn walk_reads_files_by_their_ending_whatever_their_case_and_name() {
    check(
        &[
            File("t/a.yaml"),
            File("t/b.YML"),
            File("t/c.Json"),
            File("t/.hidden.yaml"),
            File("t/.d/e.yaml"),
            File("t/f.yaml/g.yaml"),
            File("t/README.md"),
            File("t/yaml"),
            File("t/h.yaml.bak"),
            File("t/.git"),
            File("t/target"),
        ],
        vec![
            (".d", Walked),
            (".d/e.yaml", Read),
            (".git", OtherFile),
            (".hidden.yaml", Read),
            ("README.md", OtherFile),
            ("a.yaml", Read),
            ("b.YML", Read),
            ("c.Json", Read),
            ("f.yaml", Walked),
            ("f.yaml/g.yaml", Read),
            ("h.yaml.bak", OtherFile),
            ("target", OtherFile),
            ("yaml", OtherFile),
        ],
    );
}

#[test]
fn walk_leaves_out_directories_of_other_programs_at_any_depth() {
    check(
        &[
            File("t/.entraflow/backup/a.yaml"),
            File("t/.git/a.yaml"),
            File("t/.github/workflows/ci.yml"),
            File("t/.gitlab/ci.yml"),
            File("t/a/node_modules/p/package.json"),
            File("t/a/target/x.json"),
            File("t/a/targets/x.json"),
            Link("t/b/.git", "../../elsewhere"),
        ],
        vec![
            (".entraflow", State),
            (".git", UnreadDirectory),
            (".github", UnreadDirectory),
            (".gitlab", UnreadDirectory),
            ("a", Walked),
            ("a/node_modules", UnreadDirectory),
            ("a/target", UnreadDirectory),
            ("a/targets", Walked),
            ("a/targets/x.json", Read),
            ("b", Walked),
            ("b/.git", UnreadDirectory),
        ],
    );
}

#[test]
fn walk_follows_links_inside_the_root_and_reads_each_file_once() {
    check(
        &[
            File("t/shared/a.yaml"),
            Link("t/attributes", "shared"),
            Link("t/b.yaml", "shared/a.yaml"),
            Link("t/c.yaml", "b.yaml"),
            File("t/text"),
            Link("t/d.yaml", "text"),
            Link("t/e.txt", "shared/a.yaml"),
        ],
        vec![
            ("attributes", SecondName),
            ("b.yaml", SecondName),
            ("c.yaml", SecondName),
            ("d.yaml", Read),
            ("e.txt", OtherFile),
            ("shared", Walked),
            ("shared/a.yaml", Read),
            ("text", OtherFile),
        ],
    );
}

#[test]
fn walk_prefers_visible_names_in_a_volume_of_kubernetes() {
    check(
        &[
            File("t/..2026_11_30/flows/a.yaml"),
            File("t/..2026_11_30/tenant.yaml"),
            Link("t/..data", "..2026_11_30"),
            Link("t/flows", "..data/flows"),
            Link("t/tenant.yaml", "..data/tenant.yaml"),
        ],
        vec![
            ("..2026_11_30", Walked),
            ("..2026_11_30/flows", SecondName),
            ("..2026_11_30/tenant.yaml", SecondName),
            ("..data", SecondName),
            ("flows", Walked),
            ("flows/a.yaml", Read),
            ("tenant.yaml", Read),
        ],
    );
}

#[test]
fn walk_ends_in_loops_of_links() {
    check(
        &[
            File("t/a/b/c.yaml"),
            Link("t/a/b/up", ".."),
            Link("t/a/self", "."),
            Link("t/root", "../t"),
            Link("t/x.yaml", "y.yaml"),
            Link("t/y.yaml", "x.yaml"),
        ],
        vec![
            ("a", Walked),
            ("a/b", Walked),
            ("a/b/c.yaml", Read),
            ("a/b/up", SecondName),
            ("a/self", SecondName),
            ("root", SecondName),
            (
                "x.yaml",
                unreadable("Too many levels of symbolic links (os error 40)"),
            ),
            (
                "y.yaml",
                unreadable("Too many levels of symbolic links (os error 40)"),
            ),
        ],
    );
}

#[test]
fn walk_reports_links_that_leave_the_root() {
    check(
        &[
            File("elsewhere/a.yaml"),
            File("elsewhere/README.md"),
            Link("t/a.yaml", "../elsewhere/a.yaml"),
            Link("t/attributes", "../elsewhere"),
            Link("t/b/chain", "../attributes"),
            Link("t/up", ".."),
            Link("t/README.md", "../elsewhere/README.md"),
            File("t/.entraflow/backup/a.yaml"),
            Link("t/restored", ".entraflow/backup"),
            File("t/node_modules/flows/a.yaml"),
            Link("t/flows", "node_modules/flows"),
        ],
        vec![
            (".entraflow", State),
            ("README.md", OtherFile),
            ("a.yaml", outside("elsewhere/a.yaml")),
            ("attributes", outside("elsewhere")),
            ("b", Walked),
            ("b/chain", outside("elsewhere")),
            ("flows", outside("t/node_modules/flows")),
            ("node_modules", UnreadDirectory),
            ("restored", outside("t/.entraflow/backup")),
            ("up", outside("")),
        ],
    );
}

#[test]
fn walk_reports_what_may_hold_documents_and_cannot_be_read() {
    let dangling = || unreadable("it is a link to a path that does not exist");
    check(
        &[
            Link("t/a.yaml", "gone.yaml"),
            Link("t/attributes", "../gone"),
            Socket("t/b.yaml"),
            Link("t/c.yaml", "b.yaml"),
            Socket("t/socket"),
        ],
        vec![
            ("a.yaml", dangling()),
            ("attributes", dangling()),
            ("b.yaml", unreadable("it is a socket, not a file")),
            ("c.yaml", unreadable("it is a socket, not a file")),
            ("socket", OtherFile),
        ],
    );
}

#[test]
fn walk_leaves_out_what_entraflowignore_names_in_the_syntax_of_gitignore() {
    check(
        &[
            Text(
                "t/.entraflowignore",
                "# comment\npackage.json\n/charts/\n*.gen.yaml\n!keep.gen.yaml\nlinked/\ngone.yaml\n",
            ),
            File("t/package.json"),
            File("t/a/package.json"),
            File("t/charts/x.yaml"),
            File("t/a/charts/x.yaml"),
            File("t/a.gen.yaml"),
            File("t/keep.gen.yaml"),
            Text("t/b/.entraflowignore", "!a.gen.yaml\nc.yaml\n"),
            File("t/b/a.gen.yaml"),
            File("t/b/c.yaml"),
            File("t/c.yaml"),
            Directory("elsewhere"),
            Link("t/linked", "../elsewhere"),
            Link("t/gone.yaml", "nowhere"),
        ],
        vec![
            (".entraflowignore", OtherFile),
            ("a", Walked),
            ("a/charts", Walked),
            ("a/charts/x.yaml", Read),
            ("a/package.json", Ignored),
            ("a.gen.yaml", Ignored),
            ("b", Walked),
            ("b/.entraflowignore", OtherFile),
            ("b/a.gen.yaml", Read),
            ("b/c.yaml", Ignored),
            ("c.yaml", Read),
            ("charts", Ignored),
            ("gone.yaml", Ignored),
            ("keep.gen.yaml", Read),
            ("linked", Ignored),
            ("package.json", Ignored),
        ],
    );
}

#[test]
fn walk_reports_a_directory_that_cannot_be_read() {
    let directory = TempDir::new().unwrap();
    let gone = directory.path().join("gone");
    let entries = walk(&gone, &mut Vec::new());
    let expected = unreadable("No such file or directory (os error 2)");
    assert_eq!(entries[0].verdict, expected);
}

#[test]
fn walk_reports_an_ignore_file_that_it_cannot_use() {
    let directory = TempDir::new().unwrap();
    let messages = |text: &str| {
        fs::write(directory.path().join(".entraflowignore"), text).unwrap();
        let mut problems = Vec::new();
        walk(directory.path(), &mut problems);
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        messages("a\n[z-a]\n"),
        ["invalid pattern: error parsing glob '[z-a]': invalid range; 'z' > 'a'"]
    );
    assert_eq!(messages("a\n"), Vec::<String>::new());
}
